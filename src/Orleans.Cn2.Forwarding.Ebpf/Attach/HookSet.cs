using Orleans.Cn2.Forwarding.Ebpf.Native;
using Orleans.Cn2.Netlink;

namespace Orleans.Cn2.Forwarding.Ebpf.Attach;

/// <summary>The programs of the data path on the interfaces of one network namespace, and what keeps them there.</summary>
internal sealed class HookSet : IDisposable
{
    private readonly DataPath _path;
    private readonly IHookAttacher _attacher;
    private readonly IHookAttacher _other;
    private readonly HashSet<HookPlace> _places = [];

    /// <param name="path">The programs.</param>
    /// <param name="pins">Where links are pinned; null: nothing outlives the set.</param>
    /// <param name="kind">How programs are attached; not <see cref="AttachKind.Auto"/>.</param>
    /// <param name="kernel">Netlink of the namespace.</param>
    internal HookSet(DataPath path, PinDirectory? pins, AttachKind kind, RtNetlink kernel)
    {
        _path = path;
        IHookAttacher tcx = new TcxAttacher(pins);
        IHookAttacher clsact = new ClsactAttacher(kernel, outlives: pins is not null);
        (_attacher, _other) = kind == AttachKind.Clsact ? (clsact, tcx) : (tcx, clsact);
    }

    /// <summary>Attaches a program where it is not, and puts right what others did to its attachment: then it tells what was wrong.</summary>
    /// <exception cref="IOException">The kernel refuses, for instance because the interface is gone.</exception>
    internal string? Ensure(int interfaceIndex, HookKind kind, LinkLayer layer = LinkLayer.Ethernet)
    {
        HookPlace place = new(interfaceIndex, kind);
        (BpfHandle program, uint id) = _path.ProgramOf(kind, layer);
        string? wrong = _attacher.Ensure(place, program, id);
        _places.Add(place);
        return wrong is null ? null : $"{place}: {wrong}";
    }

    /// <summary>Takes the programs of an interface off, or forgets them where it is gone.</summary>
    internal void Detach(int interfaceIndex)
    {
        foreach (HookPlace place in _places.Where(place => place.Interface == interfaceIndex).ToArray())
        {
            _places.Remove(place);
            _attacher.Detach(place);
        }
    }

    /// <summary>Takes off what earlier processes of this node attached elsewhere, or in another way.</summary>
    internal void RemoveOthers()
    {
        _attacher.RemoveOthers(_places);
        _other.RemoveOthers([]);
    }

    /// <summary>True when a program, by its kernel id, is one of ours.</summary>
    internal bool IsOwn(uint programId) => _path.IsOwn(programId);

    /// <summary>Programs that do not outlive the set are taken off.</summary>
    public void Dispose()
    {
        _attacher.Dispose();
        _other.Dispose();
    }
}
