using System.Security.Cryptography;
using Google.Protobuf;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Labels;

namespace Orleans.Cn2.Api.Watching;

/// <summary>An object as watchers see it.</summary>
/// <param name="Name">Its name; the namespace is empty for objects without one.</param>
/// <param name="Version">Differs for different contents: its uid and a hash of what a watcher is told.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Message">The object. Shared by all watchers: never changed.</param>
internal sealed record WatchedObject(NamespacedName Name, string Version, LabelSet Labels, IMessage Message)
{
    private const int HashBytes = 12;
    private const char Separator = '.';

    /// <summary>The object with its version. The message holds nothing that changes by itself, such as an age.</summary>
    public static WatchedObject Of(NamespacedName name, Guid uid, LabelSet labels, IMessage message)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(message.ToByteArray()).AsSpan(0, HashBytes));
        return new WatchedObject(name, $"{uid:N}{Separator}{hash}", labels, message);
    }

    /// <summary>True when two versions are of one object, not of two that had the same name one after the other.</summary>
    public static bool SameObject(string version, string other) =>
        version.AsSpan(0, Math.Max(0, version.IndexOf(Separator))).SequenceEqual(other.AsSpan(0, Math.Max(0, other.IndexOf(Separator))));
}
