using Orleans.Cn2.Cluster.Tests.Subnets;
using Orleans.Cn2.Core;
using Orleans.Cn2.Grains.Catalog;
using Orleans.Storage;

namespace Orleans.Cn2.Cluster.Tests.Catalog;

/// <summary>A shard's list over the records of its parts, as activations one after another, and two at a time, use it.</summary>
[Collection(SmallClusterTests.Name)]
public sealed class NameListTests(SmallClusterFixture cluster)
{
    private static readonly NamespacedName[] Names = [.. Enumerable.Range(0, 50).Select(i => new NamespacedName($"ns-{i % 3}", $"web-{i}"))];
    private readonly GrainId _shard = GrainId.Create("shard", ClusterFixture.NewName("list"));
    private int _replaced;

    [Fact]
    public async Task Load_AfterChanges_FindsWhatTheActivationBeforeKnew()
    {
        NameList first = await LoadAsync();
        foreach (NamespacedName name in Names)
        {
            await first.EnlistAsync(name);
        }

        await first.RemoveAsync(Names[0]);
        await first.DelistAsync(Names[1]);

        NameList next = await LoadAsync();
        Assert.Equal(Names.Where(name => name != Names[1]).ToHashSet(), next.Names.ToHashSet());
        Assert.Equal(Names.Length - 1, next.Count);
        Assert.All(Names, name => Assert.Equal(first.Find(name), next.Find(name)));
        Assert.True(next.Find(Names[0])?.Removed);
        Assert.Equal(Names.Where(name => name.Namespace == "ns-2").ToHashSet(), next.OfNamespace("ns-2").ToHashSet());
        Assert.Empty(next.OfNamespace("none"));
    }

    [Fact]
    public async Task Enlist_NameThatWasDelisted_GetsAGreaterToken()
    {
        NameList list = await LoadAsync();
        ulong before = await list.EnlistAsync(Names[0]);
        await list.DelistAsync(Names[0]);

        list = await LoadAsync();

        Assert.True(await list.EnlistAsync(Names[0]) > before);
        Assert.Equal(1, list.Count);
    }

    [Fact]
    public async Task Load_ListOfAnEarlierBuild_MovesToThePartsOnce()
    {
        CatalogState former = new() { NextToken = 100, First = Names.Index().ToDictionary(each => each.Item, each => new ListedService((ulong)each.Index, Removed: each.Index == 7)) };

        await LoadAsync(former);

        // The one that moved it may have ended before it could clear the former list.
        NameList next = await LoadAsync(former);
        Assert.All(former.Services, each => Assert.Equal(each.Value, next.Find(each.Key)));
        Assert.Equal(Names.Length, next.Count);
        Assert.True(await next.EnlistAsync(Names[3]) >= 100);
        Assert.Equal(Names.Length, (await LoadAsync()).Count);
    }

    [Fact]
    public async Task Change_AfterAnotherActivationTookOver_Fails()
    {
        NameList older = await LoadAsync();
        NameList newer = await LoadAsync();

        // Whichever part a name is in, and also where nothing is listed.
        foreach (NamespacedName name in Names)
        {
            await Assert.ThrowsAsync<InconsistentStateException>(() => older.EnlistAsync(name));
            await Assert.ThrowsAsync<InconsistentStateException>(() => older.RemoveAsync(name));
        }

        Assert.Equal(2 * Names.Length, _replaced);
        await newer.EnlistAsync(Names[0]);
        Assert.Equal([Names[0]], (await LoadAsync()).Names);
    }

    private async Task<NameList> LoadAsync(CatalogState? former = null)
    {
        NameList list = new(cluster.Storage, _shard, () => _replaced++);
        await list.LoadAsync(former ?? new CatalogState());
        return list;
    }
}
