using Orleans.Cn2.Api.Watching;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Tests.Watching;

/// <summary>Objects for boards.</summary>
internal static class Boards
{
    public static NamespacedName Name(int number, string ns = "shop") => new(ns, $"web-{number}");

    /// <summary>State <paramref name="state"/> of the object of this uid.</summary>
    public static WatchedObject Object(NamespacedName name, int uid, int state, string app = "web") => WatchedObject.Of(
        name,
        new Guid(uid, 0, 0, new byte[8]),
        new LabelSet(new Dictionary<string, string> { ["app"] = app }),
        new Service { Metadata = new ObjectMeta { Namespace = name.Namespace, Name = name.Name }, Status = new ServiceStatus { Generation = (ulong)state } });

    public static ObjectBoard Filled(int tombstones = 4096)
    {
        ObjectBoard board = new(tombstones);
        board.SetFilled();
        return board;
    }

    public static readonly IReadOnlyDictionary<NamespacedName, string> Nothing = new Dictionary<NamespacedName, string>();
}
