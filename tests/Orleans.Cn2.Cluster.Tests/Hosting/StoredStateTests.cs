using System.Collections.Immutable;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Nodes;
using Orleans.Cn2.Core.Vmis;
using Orleans.Cn2.Grains.Catalog;
using Orleans.Cn2.Grains.Nodes;
using Orleans.Cn2.Grains.Subnets;
using Orleans.Cn2.Grains.Vmis;
using Orleans.Serialization;

namespace Orleans.Cn2.Cluster.Tests.Hosting;

/// <summary>States whose long lists are stored packed: what is written is read again, and so is what earlier builds wrote.</summary>
public sealed class StoredStateTests : IDisposable
{
    private static readonly Gen<NamespacedName> Names = Gen.Select(Gen.String, Gen.String, (ns, name) => new NamespacedName(ns, name));
    private static readonly Gen<DateTimeOffset> Times = Gen.Long[0, DateTime.MaxValue.Ticks].Select(ticks => new DateTimeOffset(ticks, TimeSpan.Zero));
    private static readonly Gen<Quarantine?> Quarantines = Gen.Null(Gen.Select(Times, Gen.Byte.Array[0, 300], (since, fence) => new Quarantine(since, fence.ToValueList())));
    private static readonly Gen<Lease> Evicted = Gen.Select(
        Gen.Guid, Gen.Guid, Names, Gen.String, Times, Quarantines, (claim, owner, name, reason, at, quarantine) => new Lease(claim, owner, name, reason, at, quarantine));
    private static readonly Gen<Lease> Leases = Gen.Select(Evicted, Gen.Null(Evicted), (lease, evicted) => lease with { Evicted = evicted });

    private static readonly Gen<bool?> Said = Gen.Int[0, 2].Select(said => said == 2 ? (bool?)null : said == 1);
    private static readonly Gen<IpAddress> Addresses = Gen.OneOf(Gen.UInt.Select(IpAddress.V4), Gen.Select(Gen.ULong, Gen.ULong, (high, low) => IpAddress.V6(new UInt128(high, low))));
    private static readonly Gen<NamedPort> Ports = Gen.Select(Gen.String, Gen.Enum<TransportProtocol>(), Gen.UShort, (name, protocol, number) => new NamedPort(name, protocol, number));

    private static readonly Gen<Vmi> Vmis = Gen.Select(
        Gen.Select(Names, Gen.Guid, Gen.String, Gen.Null(Gen.String)),
        Gen.Select(Gen.Dictionary(Gen.String, Gen.String)[0, 5], Addresses.Array[0, 2], Ports.Array[0, 3]),
        Gen.Select(Said, Said, Said),
        Gen.Select(Gen.UShort, Gen.Enum<DrainCause>()),
        (identity, lists, said, rest) => new Vmi
        {
            Name = identity.Item1,
            Uid = identity.Item2,
            Node = identity.Item3,
            Zone = identity.Item4,
            Labels = new LabelSet(lists.Item1),
            Addresses = [.. lists.Item2],
            Ports = [.. lists.Item3],
            Conditions = new VmiConditions(said.Item1, said.Item2, said.Item3),
            Weight = rest.Item1,
            Drains = rest.Item2,
        });

    private static readonly Gen<VmiRecord> Records = Gen.Select(
        Vmis, Gen.Int[0, int.MaxValue], Times, Gen.Bool, Gen.Select(Gen.Int[0, 100], Times, (count, at) => new LossRecord(count, at)), Gen.Select(Gen.Bool, Times, (held, at) => held ? at : (DateTimeOffset?)null),
        (vmi, lease, at, expired, lapses, held) => new VmiRecord(vmi, lease, at, expired, lapses, held));

    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    [Fact]
    public void LeaseBlock_OfAnyLeases_IsReadAsItWasWritten() => Gen.Select(Gen.ULong, Gen.Select(Gen.Byte, Leases).Array[0, 300]).Sample((index, leases) =>
    {
        LeaseBlock block = new(index, leases.DistinctBy(leased => leased.Item1).ToImmutableSortedDictionary(leased => leased.Item1, leased => leased.Item2));
        BlockState state = new();
        state.Put(block);
        BlockState read = Again(state);
        Assert.Equal(block, read.Block);
        Assert.Equal(block, Again(read).Block);
        Assert.Equal(block, Again<FormerBlockState, BlockState>(new FormerBlockState { Block = block }).Block);
    });

    [Fact]
    public void ShardList_OfAnyNames_IsReadAsItWasWritten() => Gen.Select(
        Gen.ULong, Gen.ULong, Gen.Dictionary(Names, Gen.Select(Gen.ULong, Gen.Bool, (token, removed) => new ListedService(token, removed)))[0, 100]).Sample((epoch, next, listed) =>
    {
        CatalogState first = Again<FirstCatalogState, CatalogState>(new FirstCatalogState { Epoch = epoch, NextToken = next, Services = listed });
        NamePartState part = new() { NextToken = next };
        foreach ((NamespacedName name, ListedService service) in listed)
        {
            part.Services[name] = service;
        }

        CatalogState later = Again<LaterCatalogState, CatalogState>(new LaterCatalogState { Epoch = epoch, NextToken = next, Stored = part.Stored });
        NamePartState read = Again(part);
        Assert.All([first, later], former => Assert.Equal((epoch, next), (former.Epoch, former.NextToken)));
        Assert.All([first, later], former => Assert.Equal(listed, former.Services));
        Assert.Empty(Again(first).Services);
        Assert.Equal(next, read.NextToken);
        Assert.Equal(listed, read.Services);
    });

    [Fact]
    public void Labels_OfAnyTexts_AreReadAsTheyWereWritten() => Gen.Dictionary(Gen.String, Gen.String)[0, 10].Sample(entries =>
    {
        LabelSet labels = new(entries);
        ImmutableSortedDictionary<string, string> sorted = ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, StringComparer.Ordinal, entries);
        Assert.Equal(labels, Again(labels));
        Assert.Equal(labels, Again<FormerLabelSet, LabelSet>(new FormerLabelSet { Entries = sorted }));
        Assert.Equal(sorted, labels);
    });

    [Fact]
    public void Subnet_OfAnyBlocks_IsReadAsItWasWritten() => Gen.Select(Gen.Enum<IpFamily>(), Gen.ULong, (family, index) => new BlockKey(family, index)).Array[0, 50].Sample(keys =>
    {
        HashSet<BlockKey> blocks = [.. keys];
        SubnetState former = Again<FormerSubnetState, SubnetState>(new FormerSubnetState { ResourceVersion = 7, Blocks = blocks });
        Assert.True(blocks.SetEquals(former.Blocks) && blocks.SetEquals(Again(former).Blocks));
        Assert.Equal((7UL, 7UL), (former.ResourceVersion, Again(former).ResourceVersion));
    });

    [Fact]
    public void Namespace_OfAnyNodes_IsReadAsItWasWritten() => Gen.Select(Gen.ULong, Gen.String.HashSet[0, 20], Names.HashSet[0, 100]).Sample((epoch, nodes, services) =>
    {
        NamespaceState former = Again<FormerNamespaceState, NamespaceState>(new FormerNamespaceState { Epoch = epoch, Nodes = nodes, Services = services });
        NamespaceState read = Again(former);
        Assert.Equal((epoch, epoch), (former.Epoch, read.Epoch));
        Assert.True(nodes.SetEquals(former.Nodes) && nodes.SetEquals(read.Nodes));
    });

    [Fact]
    public void Node_OfAnEarlierBuild_NeitherDrainsNorWasLostBefore()
    {
        NodeState read = Again<FormerNodeState, NodeState>(new FormerNodeState { ResourceVersion = 7, HadWorker = true, Lost = true });
        Assert.Equal((7UL, true, true), (read.ResourceVersion, read.HadWorker, read.Lost));
        Assert.Equal((false, false, 0), (read.Draining, read.HeldBack, read.Losses.Count));
        Assert.Equal((false, 0, 0), (read.TookUids, read.Releasing.Count, read.Moving.Count));

        NodeState now = Again(new NodeState { Draining = true, HeldBack = true, Losses = new LossRecord(3, DateTimeOffset.UnixEpoch) });
        Assert.Equal((true, true, new LossRecord(3, DateTimeOffset.UnixEpoch)), (now.Draining, now.HeldBack, now.Losses));
    }

    [Fact]
    public void Node_VmisOfOneNamespace_ShareTheTextsThatTheyHaveInCommon()
    {
        NodeState state = new();
        for (int number = 0; number < 2; number++)
        {
            Vmi vmi = new() { Name = new NamespacedName("shop", $"cart-{number}"), Uid = Guid.NewGuid(), Node = "n1", Zone = "z1", Labels = LabelSet.Of(("app", "cart")) };
            state.Vmis[vmi.Uid] = new VmiRecord(vmi, 0, DateTimeOffset.UnixEpoch);
        }

        Vmi[] read = [.. Again(state).Vmis.Values.Select(record => record.Vmi)];

        Assert.All(
            (Func<Vmi, string?>[])[vmi => vmi.Name.Namespace, vmi => vmi.Node, vmi => vmi.Zone, vmi => vmi.Labels.Keys.Single(), vmi => vmi.Labels["app"]],
            text => Assert.Same(text(read[0]), text(read[1])));
    }

    [Fact]
    public void Node_OfAnyVmis_IsReadAsItWasWritten() => Records.Array[0, 20].Sample(records =>
    {
        Dictionary<Guid, VmiRecord> vmis = records.DistinctBy(record => record.Vmi.Uid).ToDictionary(record => record.Vmi.Uid);
        NodeState former = Again<FormerNodeState, NodeState>(new FormerNodeState { Vmis = vmis });
        Assert.Equal(vmis, former.Vmis);
        Assert.Null(former.Untold);

        former.Untold = ["a", "b"];
        NodeState read = Again(former);
        Assert.Equal(vmis, read.Vmis);

        // What changed since it was written last is written anew.
        foreach (VmiRecord record in vmis.Values)
        {
            if (record.Expired)
            {
                read.Vmis.Remove(record.Vmi.Uid);
            }
            else
            {
                read.Vmis[record.Vmi.Uid] = record with { Expired = true };
            }
        }

        Assert.Equal(read.Vmis, Again(read).Vmis);
        read.Vmis.Clear();
        Assert.Empty(Again(read).Vmis);
        Assert.Equal(["a", "b"], read.Untold ?? []);
    });

    [Fact]
    public void Node_WithStepsUnderWay_IsReadAsItWasWritten() => Gen.Select(Addresses.Array[1, 4], Gen.String.Array[1, 3]).Sample((addresses, nodes) =>
    {
        NodeState state = new() { TookUids = true };
        state.Releasing[Guid.Empty] = [.. addresses];
        state.Moving[Guid.Empty] = [.. nodes];
        NodeState read = Again(state);
        Assert.True(read.TookUids);
        Assert.Equal(addresses, read.Releasing[Guid.Empty]);
        Assert.Equal(nodes, read.Moving[Guid.Empty]);
    });

    [Fact]
    public void VmiAddress_OfAnEarlierBuild_HasOneHolder()
    {
        AddressOwner owner = new(Guid.NewGuid(), new NamespacedName("shop", "web"), "n1");
        VmiAddressState read = Again<FormerVmiAddressState, VmiAddressState>(new FormerVmiAddressState { Owner = owner });
        Assert.Equal(owner, read.Owner);
        Assert.Empty(read.Former);
        Assert.Equal(["n2"], Again(new VmiAddressState { Owner = owner, Former = ["n2"] }).Former);
    }

    [Fact]
    public void States_OfNothing_AreEmpty()
    {
        Assert.Null(Again(new BlockState()).Block);
        Assert.Empty(Again(new CatalogState()).Services);
        Assert.Empty(Again(new NamePartState()).Services);
        Assert.Empty(Again(new SubnetState()).Blocks);
        Assert.Empty(Again(new NamespaceState()).Nodes);
        Assert.Empty(Again(new NodeState()).Vmis);
    }

    public void Dispose() => _services.Dispose();

    private T Again<T>(T state) => Again<T, T>(state);

    private TRead Again<TWritten, TRead>(TWritten state)
    {
        Serializer serializer = _services.GetRequiredService<Serializer>();
        return serializer.Deserialize<TRead>(serializer.SerializeToArray(state))!;
    }
}

/// <summary>As earlier builds stored a block.</summary>
[GenerateSerializer]
internal sealed class FormerBlockState
{
    [Id(0)]
    public LeaseBlock? Block { get; set; }
}

/// <summary>As earlier builds stored labels.</summary>
[GenerateSerializer]
internal sealed class FormerLabelSet
{
    [Id(0)]
    public ImmutableSortedDictionary<string, string>? Entries { get; set; }
}

/// <summary>As earlier builds stored a subnet, without its definition.</summary>
[GenerateSerializer]
internal sealed class FormerSubnetState
{
    [Id(2)]
    public ulong ResourceVersion { get; set; }

    [Id(4)]
    public HashSet<BlockKey> Blocks { get; set; } = [];
}

/// <summary>As builds stored a shard that packed its list.</summary>
[GenerateSerializer]
internal sealed class LaterCatalogState
{
    [Id(0)]
    public ulong Epoch { get; set; }

    [Id(1)]
    public ulong NextToken { get; set; }

    [Id(3)]
    public byte[]? Stored { get; set; }
}

/// <summary>As the first builds stored a shard.</summary>
[GenerateSerializer]
internal sealed class FirstCatalogState
{
    [Id(0)]
    public ulong Epoch { get; set; }

    [Id(1)]
    public ulong NextToken { get; set; }

    [Id(2)]
    public Dictionary<NamespacedName, ListedService> Services { get; set; } = [];
}

/// <summary>As earlier builds stored a VMI address.</summary>
[GenerateSerializer]
internal sealed class FormerVmiAddressState
{
    [Id(0)]
    public AddressOwner? Owner { get; set; }
}

/// <summary>As earlier builds stored a node, without its specification.</summary>
[GenerateSerializer]
internal sealed class FormerNodeState
{
    [Id(2)]
    public ulong ResourceVersion { get; set; }

    [Id(4)]
    public Dictionary<Guid, VmiRecord> Vmis { get; set; } = [];

    [Id(7)]
    public bool HadWorker { get; set; }

    [Id(8)]
    public bool Lost { get; set; }
}

/// <summary>As earlier builds stored a namespace.</summary>
[GenerateSerializer]
internal sealed class FormerNamespaceState
{
    [Id(0)]
    public ulong Epoch { get; set; }

    [Id(1)]
    public HashSet<string> Nodes { get; set; } = [];

    [Id(2)]
    public HashSet<NamespacedName> Services { get; set; } = [];
}
