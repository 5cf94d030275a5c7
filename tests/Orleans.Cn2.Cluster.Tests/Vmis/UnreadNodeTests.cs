using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Cluster.Tests.Vmis;

/// <summary>A node whose record can't be read keeps its namespaces from nothing that does not concern it, and no VMI of it is taken to be gone.</summary>
[Collection(ClusterTests.Name)]
public sealed class UnreadNodeTests(ClusterFixture cluster) : IAsyncLifetime
{
    private readonly string _namespace = ClusterFixture.NewName("unread");
    private readonly string _sound = ClusterFixture.NewName("sound");
    private readonly string _broken = ClusterFixture.NewName("broken");
    private Vmi _there = null!;
    private Vmi _hidden = null!;

    private INamespaceGrain Namespace => cluster.Grains.GetGrain<INamespaceGrain>(_namespace);

    public async ValueTask InitializeAsync()
    {
        await cluster.RegisterNodeAsync(_sound);
        await cluster.RegisterNodeAsync(_broken);
        _there = await RegisterAsync(_sound, 1);
        _hidden = await RegisterAsync(_broken, 2);
        FaultyStorage.Unreadable = _broken;
        await cluster.DeactivateAllAsync();
    }

    public async ValueTask DisposeAsync()
    {
        FaultyStorage.Unreadable = null;
        await Node(_broken).Delete();
        await Node(_sound).Delete();
    }

    [Fact]
    public async Task Namespace_OneNodeCanNotBeRead_ServesTheOthersAndDeniesNothingOfThatOne()
    {
        Assert.Equal(_there, await Namespace.Find(_there.Name.Name));
        Assert.Null(await Namespace.FindKnown(_hidden.Name.Name));
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => Namespace.Find(_hidden.Name.Name));
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => Namespace.FindMember(_hidden.Name.Name));
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => Namespace.Read(0, TimeSpan.Zero));
        OutcomeUnknownException told = await Assert.ThrowsAsync<OutcomeUnknownException>(() => Namespace.List());
        Assert.Contains($"can't read node \"{_broken}\"", told.Message, StringComparison.Ordinal);

        Vmi late = await RegisterAsync(_sound, 3);
        Assert.Equal([_there.Uid, late.Uid], (await SelectAsync(_there)).Vmis.Select(vmi => vmi.Uid).OrderBy(uid => uid != _there.Uid));
    }

    [Fact]
    public async Task Select_PathOfTheServiceMayBeOnThatNode_IsNotAnsweredUntilItCanBeRead()
    {
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => SelectAsync(_there, _hidden));

        FaultyStorage.Unreadable = null;

        await ClusterFixture.EventuallyAsync(async () =>
        {
            try
            {
                return (await SelectAsync(_there, _hidden)).Vmis.Length == 2;
            }
            catch (OutcomeUnknownException)
            {
                return false;
            }
        });
        Assert.Equal(2, (await Namespace.List()).Length);
    }

    [Fact]
    public async Task Select_PathWasRemovedMeanwhile_IsAnswered()
    {
        await Namespace.List().ContinueWith(_ => { }, TaskScheduler.Default);

        await Node(_sound).DeregisterVmi(_there.Uid);

        Assert.Empty((await SelectAsync(_there)).Vmis);
    }

    private Task<Selection> SelectAsync(params Vmi[] known) => Namespace.Select(
        new SelectRequest(new NamespacedName(_namespace, "web"), LabelSet.Of(("app", "x")), [.. known.Select(vmi => vmi.TableId)]));

    private async Task<Vmi> RegisterAsync(string node, int number) => (await Node(node).RegisterVmi(
        ClusterFixture.Vmi(_namespace, ClusterFixture.NewName("pod"), "x", node, $"10.9.1.{number}", $"fd09::1:{number}"), 0)).Vmi;

    private INodeGrain Node(string name) => cluster.Grains.GetGrain<INodeGrain>(name);
}
