using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Cluster.Tests.Services;

/// <summary>
/// A fault at every step of every kind of change, once before and once after the step took effect, then a restart of everything: afterwards each Service is
/// wholly as before or wholly as asked, its leases and what is published match it, and repeating the change succeeds.
/// </summary>
[Collection(ClusterTests.Name)]
public sealed class ServiceCrashTests(ClusterFixture cluster)
{
    private const int MostSteps = 30;

    /// <summary>Change, kind of fault, whether the step took effect, least number of steps that the change must have.</summary>
    public static TheoryData<string, string, bool, int> Cases
    {
        get
        {
            TheoryData<string, string, bool, int> cases = [];
            foreach (bool afterwards in (bool[])[false, true])
            {
                cases.Add("create", "write", afterwards, 5);
                cases.Add("create", "call", afterwards, 6);
                cases.Add("upgrade", "write", afterwards, 3);
                cases.Add("upgrade", "call", afterwards, 4);
                cases.Add("downgrade", "write", afterwards, 3);
                cases.Add("downgrade", "call", afterwards, 4);
                cases.Add("to ExternalName", "write", afterwards, 4);
                cases.Add("to ExternalName", "call", afterwards, 3);
                cases.Add("delete", "write", afterwards, 5);
                cases.Add("delete", "call", afterwards, 4);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Change_FaultAtAnyStep_IsWhollyDoneOrNotAtAll(string change, string fault, bool afterwards, int least)
    {
        List<NamespacedName> interrupted = [];
        while (await InterruptAsync(change, fault, interrupted.Count + 1, afterwards) is { } name)
        {
            interrupted.Add(name);
            Assert.True(interrupted.Count < MostSteps, $"{change} does not come to an end: something begun before repeats its steps all the time");
        }

        Assert.True(interrupted.Count >= least, $"{change} has only {interrupted.Count} steps of kind {fault}: the faults are not where they should be");
        await cluster.DeactivateAllAsync();
        await Task.WhenAll(interrupted.Select(async name =>
        {
            await ConsistentAsync(name);
            await RepeatAsync(change, name);
            await ConsistentAsync(name);
            await AsAskedAsync(change, name);
        }));
    }

    /// <summary>A Service of its own whose change met the fault at this step; null when the change has fewer steps.</summary>
    private async Task<NamespacedName?> InterruptAsync(string change, string fault, int step, bool afterwards)
    {
        NamespacedName name = new("crash", ClusterFixture.NewName("web"));
        if (Before(change, name) is { } before)
        {
            await cluster.Service(name).Apply(before, dryRun: false);
        }

        return await FailsAsync(fault, name, step, afterwards, () => ChangeAsync(change, name)) ? name : null;
    }

    private static ServiceManifest? Before(string change, NamespacedName name) => change switch
    {
        "create" => null,
        "upgrade" => ClusterFixture.Manifest(name.Namespace, name.Name, "SingleStack"),
        _ => ClusterFixture.Manifest(name.Namespace, name.Name),
    };

    private static ServiceManifest? Asked(string change, NamespacedName name) => change switch
    {
        "create" or "upgrade" => ClusterFixture.Manifest(name.Namespace, name.Name),
        "downgrade" => ClusterFixture.Manifest(name.Namespace, name.Name, "SingleStack"),
        "to ExternalName" => new() { Name = name, Spec = new ServiceSpec { Type = "ExternalName", ExternalName = "elsewhere.example" } },
        _ => null,
    };

    private Task ChangeAsync(string change, NamespacedName name) =>
        Asked(change, name) is { } asked ? cluster.Service(name).Apply(asked, dryRun: false) : cluster.Service(name).Delete(null);

    // A repetition may itself meet an activation that is about to end.
    private Task RepeatAsync(string change, NamespacedName name) => ClusterFixture.EventuallyAsync(async () =>
    {
        try
        {
            await ChangeAsync(change, name);
            return true;
        }
        catch (ObjectNotFoundException) when (change == "delete")
        {
            return true;
        }
        catch (OutcomeUnknownException)
        {
            return false;
        }
    });

    private async Task AsAskedAsync(string change, NamespacedName name)
    {
        ServiceView? view = await cluster.Service(name).Get();
        int addresses = change switch { "create" or "upgrade" => 2, "downgrade" => 1, _ => 0 };
        Assert.Equal(change != "delete", view is not null);
        Assert.Equal(addresses, view?.FloatingIps.Count ?? 0);
    }

    private static async Task<bool> FailsAsync(string fault, NamespacedName name, int step, bool afterwards, Func<Task> operation)
    {
        if (fault == "write")
        {
            FaultyStorage.Arm(step, afterwards);
        }
        else
        {
            FaultyCalls.Arm(name.ToString(), step, afterwards);
        }

        try
        {
            await operation();
            return (fault == "write" ? FaultyStorage.Writes : FaultyCalls.Calls) >= step;
        }
        catch (Exception failure) when (failure is ControlPlaneException or IOException or TimeoutException)
        {
            return true;
        }
        finally
        {
            FaultyStorage.Arm(0, false);
            FaultyCalls.Arm(null, 0, false);
        }
    }

    /// <summary>The Service's addresses, its leases, what its shard lists and what its shard has published are the same.</summary>
    private Task ConsistentAsync(NamespacedName name) => ClusterFixture.EventuallyAsync(async () =>
    {
        ServiceView? view = await cluster.Service(name).Get();
        IEnumerable<IpAddress> held = (await cluster.LeasesAsync(name)).Where(lease => lease.WaitsFor is null).Select(lease => lease.Address);
        ICatalogGrain shard = cluster.Grains.GetGrain<ICatalogGrain>(ShardMap.ShardOf(name));
        ShardChanges published = await shard.Read(ShardVersion.None, int.MaxValue, TimeSpan.Zero);
        ServiceEntry? entry = published.Upserts.SingleOrDefault(upsert => upsert.Entry.Name == name)?.Entry;
        bool listed = (await shard.List()).Contains(name);
        return view is null
            ? !held.Any() && published.Ready && entry is null && !listed
            : view.Phase == ServicePhase.Active && listed && entry?.Uid == view.Uid
                && held.Order().SequenceEqual(view.FloatingIps.Select(fip => fip.Address).Order())
                && entry.FloatingIps.SequenceEqual(view.FloatingIps.Select(fip => fip.Address));
    });
}
