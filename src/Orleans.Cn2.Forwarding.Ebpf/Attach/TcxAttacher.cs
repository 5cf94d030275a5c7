using Orleans.Cn2.Forwarding.Ebpf.Native;

namespace Orleans.Cn2.Forwarding.Ebpf.Attach;

/// <summary>
/// TCX links. Pinned ones forward on without this process; the next one swaps their program in one step. A new link goes behind those of
/// others that are there: who came first runs first.
/// </summary>
internal sealed class TcxAttacher(PinDirectory? pins) : IHookAttacher
{
    private readonly Dictionary<HookPlace, BpfHandle> _links = [];

    public string? Ensure(HookPlace place, BpfHandle program, uint programId)
    {
        string? wrong = null;
        if (_links.TryGetValue(place, out BpfHandle? known))
        {
            TcxLinkInfo info = BpfCalls.GetInfo<TcxLinkInfo>(known);
            if (info.InterfaceIndex == (uint)place.Interface)
            {
                return Repair(place, known, info, program, programId);
            }

            wrong = "the link was detached";
            Detach(place);
        }

        string? pin = PinOf(place);
        BpfHandle? link = pin is null ? null : Adopt(pin, place, program);
        if (link is null)
        {
            link = AdoptEarlier(place, program)
                ?? BpfCalls.AttachTcx(program, place.Interface, place.IsEgress ? BpfAttachType.TcxEgress : BpfAttachType.TcxIngress);
            if (pin is not null)
            {
                Directory.CreateDirectory(pins!.Links);
                BpfCalls.Pin(link, pin);
            }
        }

        _links.Add(place, link);
        return wrong;
    }

    public void Detach(HookPlace place)
    {
        if (_links.Remove(place, out BpfHandle? link))
        {
            link.Dispose();
        }

        if (PinOf(place) is { } pin)
        {
            PinDirectory.Remove(pin);
        }
    }

    public void RemoveOthers(IReadOnlyCollection<HookPlace> kept)
    {
        if (pins is null || !Directory.Exists(pins.Links))
        {
            return;
        }

        HashSet<string> mine = [.. kept.Select(place => PinOf(place)!)];
        foreach (string pin in Directory.GetFiles(pins.Links).Where(pin => !mine.Contains(pin)))
        {
            PinDirectory.Remove(pin);
        }
    }

    /// <summary>Closes the links: those that are not pinned are detached by the kernel.</summary>
    public void Dispose()
    {
        foreach (BpfHandle link in _links.Values)
        {
            link.Dispose();
        }
    }

    private string? Repair(HookPlace place, BpfHandle link, in TcxLinkInfo info, BpfHandle program, uint programId)
    {
        string? wrong = null;
        if (info.ProgramId != programId)
        {
            BpfCalls.UpdateLink(link, program);
            wrong = "the link's program was replaced";
        }

        if (PinOf(place) is { } pin && !IsPinned(pin, info.Id))
        {
            PinDirectory.Remove(pin);
            Directory.CreateDirectory(pins!.Links);
            BpfCalls.Pin(link, pin);
            wrong ??= "the link's pin was removed";
        }

        return wrong;
    }

    private static bool IsPinned(string pin, uint linkId)
    {
        using BpfHandle? pinned = BpfCalls.OpenPin(pin);
        return pinned is not null && BpfCalls.GetInfo<TcxLinkInfo>(pinned).Id == linkId;
    }

    private static BpfHandle? Adopt(string pin, HookPlace place, BpfHandle program)
    {
        BpfHandle? link = BpfCalls.OpenPin(pin);
        if (link is null)
        {
            return null;
        }

        // The link of a vanished interface keeps its pin and names interface 0; its index may have come back as another interface.
        if (BpfCalls.GetInfo<TcxLinkInfo>(link).InterfaceIndex == (uint)place.Interface)
        {
            BpfCalls.UpdateLink(link, program);
            return link;
        }

        link.Dispose();
        PinDirectory.Remove(pin);
        return null;
    }

    /// <summary>The link of an earlier layout gets this layout's program in one step, and this layout's pin.</summary>
    private BpfHandle? AdoptEarlier(HookPlace place, BpfHandle program)
    {
        if (pins?.Earlier is not { } earlier || !Directory.Exists(earlier))
        {
            return null;
        }

        string pin = Path.Combine(earlier, "links", NameOf(place));
        BpfHandle? link = Adopt(pin, place, program);
        PinDirectory.Remove(pin);
        return link;
    }

    private string? PinOf(HookPlace place) => pins is null ? null : Path.Combine(pins.Links, NameOf(place));

    private static string NameOf(HookPlace place) =>
        $"{place.Interface}-{place.Kind switch { HookKind.Ingress => "ingress", HookKind.Egress => "egress", _ => "node" }}";
}
