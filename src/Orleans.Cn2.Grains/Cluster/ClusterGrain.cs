using System.Security.Cryptography;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Grains.Cluster;

/// <summary>Identity and inventory of the cluster, in one persisted record. It wakes the nodes, as every silo asks it all the time, so that it is awake itself.</summary>
internal sealed class ClusterGrain([PersistentState("cluster")] IPersistentState<ClusterState> state) : Grain, IClusterGrain
{
    private static readonly TimeSpan WakePeriod = TimeSpan.FromSeconds(1);

    // All nodes are woken within this many periods.
    private const int WakeRounds = 30;
    private readonly Queue<string> _toWake = [];
    private ClusterInventory? _inventory;

    private ClusterState State => state.State;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(WakeAsync, new GrainTimerCreationOptions(WakePeriod, WakePeriod));
        return Task.CompletedTask;
    }

    public async Task<ClusterIdentity> GetIdentity()
    {
        if (State.Identity is null)
        {
            State.Identity = new ClusterIdentity(Guid.NewGuid(), new UInt128(RandomBits(), RandomBits()));
            await WriteAsync();
        }

        return State.Identity;
    }

    // Every change of a Service asks for it, few change it.
    public Task<ClusterInventory> GetInventory() => Task.FromResult(_inventory ??= new ClusterInventory(
        State.Revision,
        [.. State.Subnets.Values],
        [.. State.Nodes],
        [.. State.Namespaces],
        State.DefaultServiceSubnet));

    public async Task EnterSubnet(SubnetEntry subnet)
    {
        foreach (SubnetEntry other in State.Subnets.Values.Where(other => other.Name != subnet.Name))
        {
            foreach (IpPrefix prefix in subnet.Prefixes)
            {
                if (other.Prefixes.Where(prefix.Overlaps).ToArray() is [IpPrefix taken, ..])
                {
                    throw new FailedPreconditionException(
                        "Subnet", subnet.Name, $"cidrs: Invalid value: \"{prefix}\": overlaps {taken} of subnet \"{other.Name}\"");
                }
            }
        }

        bool first = State.DefaultServiceSubnet is null && subnet.Purpose == SubnetPurpose.Service;
        if (first || !State.Subnets.TryGetValue(subnet.Name, out SubnetEntry? known) || !known.Equals(subnet))
        {
            State.Subnets[subnet.Name] = subnet;
            State.DefaultServiceSubnet ??= first ? subnet.Name : null;
            await SaveAsync();
        }
    }

    public async Task RemoveSubnet(string name)
    {
        if (State.Subnets.Remove(name))
        {
            if (State.DefaultServiceSubnet == name)
            {
                State.DefaultServiceSubnet = State.Subnets.Values.FirstOrDefault(subnet => subnet.Purpose == SubnetPurpose.Service)?.Name;
            }

            await SaveAsync();
        }
    }

    public Task EnterNode(string name) => State.Nodes.Add(name) ? SaveAsync() : Task.CompletedTask;

    public Task RemoveNode(string name) => State.Nodes.Remove(name) ? SaveAsync() : Task.CompletedTask;

    public Task EnterNamespace(string name) => State.Namespaces.Add(name) ? SaveAsync() : Task.CompletedTask;

    private static ulong RandomBits() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    private async Task WakeAsync(CancellationToken cancellation)
    {
        if (_toWake.Count == 0)
        {
            foreach (string name in State.Nodes)
            {
                _toWake.Enqueue(name);
            }
        }

        for (int slice = Math.Min(1 + (State.Nodes.Count / WakeRounds), _toWake.Count); slice > 0; slice--)
        {
            await GrainFactory.GetGrain<INodeGrain>(_toWake.Dequeue()).Wake();
        }
    }

    private Task SaveAsync()
    {
        _inventory = null;
        State.Revision++;
        return WriteAsync();
    }

    private async Task WriteAsync()
    {
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            // What is in memory is not what is stored: the next activation reads the truth.
            DeactivateOnIdle();
            throw;
        }
    }
}

/// <summary>What persists of the cluster.</summary>
[GenerateSerializer]
internal sealed class ClusterState
{
    [Id(0)]
    public ClusterIdentity? Identity { get; set; }

    [Id(1)]
    public ulong Revision { get; set; }

    [Id(2)]
    public SortedDictionary<string, SubnetEntry> Subnets { get; set; } = new(StringComparer.Ordinal);

    [Id(3)]
    public SortedSet<string> Nodes { get; set; } = new(StringComparer.Ordinal);

    [Id(4)]
    public SortedSet<string> Namespaces { get; set; } = new(StringComparer.Ordinal);

    [Id(5)]
    public string? DefaultServiceSubnet { get; set; }
}
