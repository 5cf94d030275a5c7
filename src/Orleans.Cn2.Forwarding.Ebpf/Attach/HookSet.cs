using Orleans.Cn2.Forwarding.Ebpf.Native;

namespace Orleans.Cn2.Forwarding.Ebpf.Attach;

/// <summary>Where a program of the data path listens.</summary>
internal enum HookKind
{
    Ingress,
    Egress,
    Node,
}

/// <summary>
/// TCX links to interfaces of the calling thread's network namespace. Pinned ones forward on without this process; the next one swaps their
/// program in one step. A link whose interface is gone is removed.
/// </summary>
internal sealed class HookSet(DataPath path, PinDirectory? pins) : IDisposable
{
    private readonly Dictionary<(int Interface, HookKind Kind), BpfHandle> _links = [];

    /// <summary>Attaches a program; does nothing when it is attached already.</summary>
    /// <exception cref="BpfException">The kernel refuses, for instance because the interface is gone.</exception>
    internal void Attach(int interfaceIndex, HookKind kind)
    {
        if (_links.ContainsKey((interfaceIndex, kind)))
        {
            return;
        }

        BpfHandle program = ProgramOf(kind);
        string? pin = PinOf(interfaceIndex, kind);
        BpfHandle? link = pin is null ? null : Adopt(pin, interfaceIndex, program);
        if (link is null)
        {
            link = BpfCalls.AttachTcx(program, interfaceIndex, kind == HookKind.Egress ? BpfAttachType.TcxEgress : BpfAttachType.TcxIngress);
            if (pin is not null)
            {
                BpfCalls.Pin(link, pin);
            }
        }

        _links.Add((interfaceIndex, kind), link);
    }

    /// <summary>Takes the programs of an interface off, or forgets them where it is gone.</summary>
    internal void Detach(int interfaceIndex)
    {
        foreach ((int Interface, HookKind Kind) key in _links.Keys.Where(key => key.Interface == interfaceIndex).ToArray())
        {
            _links.Remove(key, out BpfHandle? link);
            link!.Dispose();
            if (PinOf(key.Interface, key.Kind) is { } pin)
            {
                File.Delete(pin);
            }
        }
    }

    /// <summary>Removes pinned links of interfaces that are no longer among these.</summary>
    internal void RemoveOthers()
    {
        if (pins is null)
        {
            return;
        }

        HashSet<string> mine = [.. _links.Keys.Select(key => PinOf(key.Interface, key.Kind)!)];
        foreach (string pin in Directory.GetFiles(pins.Links).Where(pin => !mine.Contains(pin)))
        {
            File.Delete(pin);
        }
    }

    /// <summary>True when a program, by its kernel id, is one of ours.</summary>
    internal bool IsOwn(uint programId) =>
        Enum.GetValues<HookKind>().Any(kind => BpfCalls.GetInfo<ProgramInfo>(ProgramOf(kind)).Id == programId)
        || _links.Values.Any(link => BpfCalls.GetInfo<TcxLinkInfo>(link).ProgramId == programId);

    private static BpfHandle? Adopt(string pin, int interfaceIndex, BpfHandle program)
    {
        BpfHandle? link = BpfCalls.OpenPin(pin);
        if (link is null)
        {
            return null;
        }

        // The link of a vanished interface keeps its pin and names interface 0; its index may have come back as another interface.
        if (BpfCalls.GetInfo<TcxLinkInfo>(link).InterfaceIndex == (uint)interfaceIndex)
        {
            BpfCalls.UpdateLink(link, program);
            return link;
        }

        link.Dispose();
        File.Delete(pin);
        return null;
    }

    private BpfHandle ProgramOf(HookKind kind) => kind switch
    {
        HookKind.Ingress => path.Ingress,
        HookKind.Egress => path.Egress,
        _ => path.Node,
    };

    private string? PinOf(int interfaceIndex, HookKind kind) =>
        pins is null ? null : Path.Combine(pins.Links, $"{interfaceIndex}-{(kind == HookKind.Ingress ? "ingress" : kind == HookKind.Egress ? "egress" : "node")}");

    /// <summary>Closes the links: those that are not pinned are detached by the kernel.</summary>
    public void Dispose()
    {
        foreach (BpfHandle link in _links.Values)
        {
            link.Dispose();
        }
    }
}
