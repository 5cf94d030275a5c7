using System.Collections.Immutable;
using System.Globalization;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Flows;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf;

/// <summary>
/// Where a packet would go: a flow of its tuple is looked up in the kernel; without one the managed engine decides on the services read back
/// from the kernel.
/// </summary>
internal sealed class Explainer(DataPath path, AffinityPrefix affinity, NodeSettings settings, NodeNetwork network)
{
    internal Explanation Explain(PacketTuple packet, IReadOnlyList<(int Shard, ServiceTable Table)> tables)
    {
        if (new FlowReader(path).Find(packet) is { } found)
        {
            return OfFlow(packet, found.Row, found.Way, tables);
        }

        ManagedPlane oracle = new(new ManagedOptions { AffinityPrefix = affinity });
        try
        {
            return Decide(oracle, packet, tables);
        }
        finally
        {
            oracle.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private Explanation Decide(ManagedPlane oracle, PacketTuple packet, IReadOnlyList<(int Shard, ServiceTable Table)> tables)
    {
        oracle.Configure(settings);
        oracle.Connect(network);
        foreach (IGrouping<int, ServiceTable> shard in tables.GroupBy(service => service.Shard, service => service.Table))
        {
            oracle.Apply(new TableChange(shard.Key, Complete: true, [.. shard], []));
        }

        if (new AffinityReader(path, affinity).Find(packet) is { } bound)
        {
            oracle.Bind(packet, bound);
        }

        return oracle.Explain(packet);
    }

    private static Explanation OfFlow(PacketTuple packet, FlowRow flow, Verdict way, IReadOnlyList<(int Shard, ServiceTable Table)> tables)
    {
        ServiceTable? service = tables.Select(held => held.Table).FirstOrDefault(candidate => candidate.Frontends.Any(frontend =>
            frontend.Address == packet.Destination && frontend.Port == packet.DestinationPort && frontend.Protocol == packet.Protocol));
        EcmpPath? path = service?.Frontends.SelectMany(frontend => frontend.Paths)
            .Where(candidate => candidate.Address == flow.Vmi && candidate.Port == flow.TargetPort).Select(candidate => (EcmpPath?)candidate).FirstOrDefault();
        ImmutableArray<string> steps =
        [
            string.Create(CultureInfo.InvariantCulture,
                $"a flow has this tuple: {(flow.Established ? "established" : "not established yet")}, idle {flow.Idle.TotalSeconds:0.#} s, to {flow.Vmi}:{flow.TargetPort} as {flow.SourceSeen}:{flow.SourcePortSeen}"),
            path is null
                ? "its path is gone: the next packet of it is rejected or begins another flow"
                : $"its path is {path.Value.State} and it stays on it",
        ];
        return new Explanation(path is null ? Verdict.Pass : way, DropReason.None, service?.Name, path, steps);
    }
}
