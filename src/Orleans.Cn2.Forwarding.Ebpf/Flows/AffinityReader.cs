using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Native;

namespace Orleans.Cn2.Forwarding.Ebpf.Flows;

/// <summary>Reads which path session affinity remembers for a client.</summary>
internal sealed class AffinityReader(DataPath path, AffinityPrefix prefix)
{
    private const ulong NanosecondsPerSecond = 1_000_000_000;

    /// <summary>The path of a binding that holds still, by the rules of docs/datapath.md 4.7; null without one.</summary>
    internal EcmpPath? Find(PacketTuple packet)
    {
        if (!path["services"].TryGet(ServiceKeyRow.Of(packet.Destination, packet.Protocol, packet.DestinationPort), out ServiceRow service)
            || !path["frontends"].TryGet(service.Index, out FrontendRow frontend)
            || !path["affinity"].TryGet(KeyOf(packet.Source, service.Index, frontend.AffinityGeneration), out BindingRow binding)
            || !path["paths"].TryGet((uint)binding.Path, out PathRow bound))
        {
            return null;
        }

        ulong now = LinuxCalls.CoarseNanoseconds();
        PathWord word = new(bound.Word);
        bool holds = bound.Service == service.Index && word.Epoch == (uint)(binding.Path >> 32) && word.State == PathState.Active
            && (now <= binding.Seen || now - binding.Seen < frontend.AffinitySeconds * NanosecondsPerSecond);
        return holds ? new EcmpPath(bound.Address.ToAddress(), bound.Port.Value, bound.Weight, word.State, bound.Vmi) : null;
    }

    private AffinityKeyRow KeyOf(IpAddress client, uint service, uint generation)
    {
        UInt128 mapped = client.Family == IpFamily.IPv4 ? ((UInt128)0xffff << 32) | client.Bits : client.Bits;
        return new AffinityKeyRow { Client = Address16.OfBits(mapped & prefix.MaskOf(client.Family)), Service = service, Generation = generation };
    }
}
