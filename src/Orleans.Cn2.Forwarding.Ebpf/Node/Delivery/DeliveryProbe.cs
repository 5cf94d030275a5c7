using System.Collections.Immutable;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Netlink.Interfaces;

namespace Orleans.Cn2.Forwarding.Ebpf.Node.Delivery;

/// <summary>Finds out which delivery mode a node allows.</summary>
public interface IDeliveryProbe
{
    /// <summary>Looks at the node as it is now. What cannot be read counts as a guard and is named.</summary>
    /// <param name="interfaces">The interfaces of the data path.</param>
    DeliveryDecision Probe(IReadOnlyCollection<NodeInterface> interfaces);
}

/// <summary>
/// Reads nf_tables, the older ip_tables, traffic control and TCX of the calling thread's network namespace, which must be
/// that of <paramref name="kernel"/>.
/// </summary>
/// <param name="kernel">The node.</param>
/// <param name="isOwnProgram">Tells by its kernel id whether a program is this project's.</param>
public sealed class DeliveryProbe(RtNetlink kernel, Func<uint, bool> isOwnProgram) : IDeliveryProbe
{
    /// <inheritdoc/>
    public DeliveryDecision Probe(IReadOnlyCollection<NodeInterface> interfaces) => DeliveryRules.Decide(Observe(interfaces));

    /// <summary>What the decision rests on.</summary>
    public DeliveryObservation Observe(IReadOnlyCollection<NodeInterface> interfaces)
    {
        ArgumentNullException.ThrowIfNull(interfaces);
        ImmutableArray<string>.Builder unreadable = ImmutableArray.CreateBuilder<string>();
        IReadOnlyList<NetfilterChain> modern = Try(NfTablesReader.Read, "nf_tables", unreadable);
        IReadOnlyList<NetfilterChain> legacy = Try(LegacyTablesReader.Read, "ip_tables", unreadable);
        Dictionary<int, NodeInterface> byIndex = interfaces.ToDictionary(candidate => candidate.Index);
        IReadOnlyList<Qdisc> qdiscs = [.. Try(() => TrafficControlReader.ReadQdiscs(kernel), "traffic control", unreadable)
            .Where(qdisc => byIndex.ContainsKey(qdisc.LinkIndex))];
        return new DeliveryObservation
        {
            Chains = [.. modern, .. legacy],
            Filters = [.. qdiscs.Where(qdisc => qdisc.IsAnchor).SelectMany(anchor =>
                Try(() => ReadFilters(anchor, byIndex[anchor.LinkIndex].Name), "tc filters", unreadable))],
            PodSideQueues = [.. qdiscs
                .Where(qdisc => qdisc.IsRoot && byIndex[qdisc.LinkIndex].Role == InterfaceRole.PodSide)
                .Select(qdisc => new RootQueue(byIndex[qdisc.LinkIndex].Name, qdisc.Kind))],
            Programs = [.. interfaces.SelectMany(candidate =>
                Try(() => ReadPrograms(candidate), $"tcx programs of {candidate.Name}", unreadable))],
            Interfaces = [.. interfaces.Select(candidate => candidate.Name)],
            HasBridgePort = interfaces.Any(candidate => candidate.Link.MasterIndex != 0),
            Unreadable = unreadable.ToImmutable(),
        };
    }

    private IReadOnlyList<TrafficFilter> ReadFilters(Qdisc anchor, string name) =>
        [.. TrafficControlReader.ReadFilters(kernel, anchor)
            .Where(filter => filter.Kind != "bpf"
                || kernel.GetBpfFilters(anchor.LinkIndex, filter.Direction == "egress").Any(one => !isOwnProgram(one.ProgramId)))
            .Select(filter => new TrafficFilter(name, filter.Direction, filter.Kind))];

    private IReadOnlyList<ForeignProgram> ReadPrograms(NodeInterface candidate) =>
        [.. TcxReader.Read(candidate.Index)
            .Where(program => !isOwnProgram(program.ProgramId))
            .Select(program => new ForeignProgram(candidate.Name, program.Direction, program.ProgramId))];

    private static IReadOnlyList<T> Try<T>(Func<IReadOnlyList<T>> read, string what, ImmutableArray<string>.Builder unreadable)
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException or UnauthorizedAccessException
            or System.Net.Sockets.SocketException)
        {
            unreadable.Add($"{what}: {failure.Message}");
            return [];
        }
    }
}
