using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Core.Tests.Tables;

/// <summary>What the draining of a node makes of the paths to its VMIs, for every condition that a VMI can be in.</summary>
public sealed class NodeDrainTests
{
    private static readonly bool?[] Said = [null, true, false];
    private static readonly LabelSet App = LabelSet.Of(("app", "cart"));

    public static MatrixTheoryData<bool?, bool?, bool?, bool> Conditions => new(Said, Said, Said, [true, false]);

    [Theory]
    [MemberData(nameof(Conditions))]
    public void Compile_AnotherTakesNewFlows_TheDrainingOneKeepsItsFlowsAlone(bool? ready, bool? serving, bool? terminating, bool publish)
    {
        Vmi vmi = Vmi(1, "n1") with { Conditions = new(ready, serving, terminating) };
        Vmi other = Vmi(2, "n2");
        PathState before = StateOf(vmi, publish, TrafficPolicy.Cluster, vmi, other);

        PathState drained = StateOf(vmi, publish, TrafficPolicy.Cluster, vmi with { Drains = DrainCause.NodeDraining }, other);

        // TCP and UDP flows stay with what took new ones; what took none is as it was.
        Assert.Equal(before == PathState.Active ? PathState.DrainingServing : before, drained);
        Assert.Equal(PathState.Active, StateOf(other, publish, TrafficPolicy.Cluster, vmi with { Drains = DrainCause.NodeDraining }, other));
    }

    [Theory]
    [MemberData(nameof(Conditions))]
    public void Compile_EveryOneDrains_TheyGoOnAsBefore(bool? ready, bool? serving, bool? terminating, bool publish)
    {
        Vmi vmi = Vmi(1, "n1") with { Conditions = new(ready, serving, terminating) };

        foreach (TrafficPolicy policy in Enum.GetValues<TrafficPolicy>())
        {
            Assert.Equal(StateOf(vmi, publish, policy, vmi), StateOf(vmi, publish, policy, vmi with { Drains = DrainCause.NodeDraining }));
        }
    }

    [Fact]
    public void Compile_LocalPolicy_ANodesOwnDrainingOnesServeItStill()
    {
        Vmi here = Vmi(1, "n1") with { Drains = DrainCause.NodeDraining };

        Assert.Equal(PathState.Active, StateOf(here, publish: false, TrafficPolicy.Local, here, Vmi(2, "n2")));
        Assert.Equal(PathState.DrainingServing, StateOf(here, publish: false, TrafficPolicy.Local, here, Vmi(2, "n1")));
    }

    [Fact]
    public void Compile_OneDrainsAndOneTerminates_BothAreTheLastResort()
    {
        Vmi drains = Vmi(1, "n1") with { Drains = DrainCause.NodeDraining };
        Vmi ends = Vmi(2, "n2") with { Conditions = new(null, null, true) };

        Assert.Equal(PathState.Active, StateOf(drains, publish: false, TrafficPolicy.Cluster, drains, ends));
        Assert.Equal(PathState.Active, StateOf(ends, publish: false, TrafficPolicy.Cluster, drains, ends));
    }

    // At the VMI's own node.
    private static PathState StateOf(Vmi which, bool publish, TrafficPolicy policy, params Vmi[] vmis)
    {
        AdmittedService service = new(new("shop", "cart"), LabelSet.Empty, LabelSet.Empty, new()
        {
            ClusterIPs = [IpAddress.Parse("10.96.0.5")],
            IpFamilies = [IpFamily.IPv4],
            Selector = App,
            Ports = [new("http", TransportProtocol.Tcp, 80, IntOrString.Of(8080))],
            PublishNotReadyAddresses = publish,
            InternalTrafficPolicy = policy,
        });
        return TableCompiler.Compile(EntryBuilder.Build(service, Guid.Empty, 1, vmis, null), new NodeView(which.Node, null))
            .Frontends[0].Paths.Single(path => path.VmiId == which.TableId).State;
    }

    private static Vmi Vmi(int number, string node) => new()
    {
        Name = new("shop", $"cart-{number}"),
        Uid = new Guid(number, 0, 0, new byte[8]),
        Labels = App,
        Node = node,
        Addresses = [IpAddress.V4(0x0af40000 + (uint)number)],
    };
}
