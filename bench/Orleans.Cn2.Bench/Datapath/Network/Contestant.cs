using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Bench.Datapath.Network;

/// <summary>One way from client to back ends, on a network of its own, so that all take turns within one run.</summary>
internal abstract class Contestant : IAsyncDisposable
{
    protected Contestant(string name, string shortName)
    {
        Name = name;
        Network = new BenchNetwork(shortName);
    }

    /// <summary>As it stands in reports.</summary>
    public string Name { get; }

    public BenchNetwork Network { get; }

    /// <summary>Where the client sends to.</summary>
    public virtual IpAddress Target(IpFamily family) => BenchNetwork.FloatingIp(family);

    /// <summary>Makes what packets of established flows meet: UDP flows of the client from these source ports.</summary>
    public virtual void Establish(IpFamily family, int firstPort, int flows)
    {
    }

    public virtual ValueTask DisposeAsync()
    {
        Network.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Routing alone: the client addresses a back end.</summary>
internal sealed class Routed() : Contestant("routing, no NAT", "routed")
{
    public override IpAddress Target(IpFamily family) => BenchNetwork.BackEndAddress(0, family);
}
