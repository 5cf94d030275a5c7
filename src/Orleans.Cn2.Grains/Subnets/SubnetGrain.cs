using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Grains.Hosting;
using Orleans.Concurrency;
using Orleans.Storage;

namespace Orleans.Cn2.Grains.Subnets;

/// <summary>
/// Leases of a subnet. Claims decide in memory and answer once their block is written; claims that arrive during a write share the next one. When a write
/// fails nothing is known of the store: every waiting claim fails with it and the grain starts anew from what is stored.
/// </summary>
[Reentrant]
internal sealed class SubnetGrain : Grain, ISubnetGrain
{
    private const string Reason = "ClusterIP";
    private const int VerifiedPerSweep = 256;
    private const int MostListed = 10_000;
    private static readonly ActivitySource Source = new(SubnetMeter.Name);
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(1);
    private readonly IPersistentState<SubnetState> _state;
    private readonly Cn2GrainsOptions _options;
    private readonly TimeProvider _time;
    private readonly SubnetMeter _meter;
    private readonly ILogger<SubnetGrain> _log;
    private readonly JoinedWrites _writes;
    private readonly Dictionary<IpFamily, AddressPool> _pools = [];
    private Task _definition = Task.CompletedTask;
    private BlockStore _blocks = null!;
    private SubnetSpec? _written;
    private IpAddress _verified;
    private bool _deleting;
    private bool _broken;

    public SubnetGrain(
        [PersistentState("subnet")] IPersistentState<SubnetState> state, IOptions<Cn2GrainsOptions> options, TimeProvider time, SubnetMeter meter,
        ILogger<SubnetGrain> log)
    {
        (_state, _options, _time, _meter, _log) = (state, options.Value, time, meter, log);
        _writes = new JoinedWrites(WriteAsync);
    }

    private SubnetState State => _state.State;

    private string Name => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _blocks = new BlockStore(ServiceProvider.GetRequiredService<IGrainStorage>(), this.GetGrainId());
        _written = State.Spec;
        await LoadAsync();
        this.RegisterGrainTimer(_ => Sweep(), new GrainTimerCreationOptions(SweepPeriod, SweepPeriod) { Interleave = true });
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _meter.Remove(Name);
        return Task.CompletedTask;
    }

    public Task<SubnetView> Apply(SubnetSpec spec) => OneByOneAsync(async () =>
    {
        Check(spec);

        // Also where nothing changes: a deletion that was cut off left the inventory and not the store, and Services find the subnet by the inventory.
        await Cluster.EnterSubnet(new SubnetEntry(Name, spec.Purpose, spec.Prefixes));
        if (State.Spec is null || !State.Spec.Equals(spec))
        {
            State.Uid = State.Spec is null ? Guid.NewGuid() : State.Uid;
            State.CreatedAt = State.Spec is null ? _time.GetUtcNow() : State.CreatedAt;
            State.Spec = spec;
            State.ResourceVersion++;
            foreach (IpPrefix prefix in spec.Prefixes)
            {
                _pools.TryAdd(prefix.Family, new AddressPool(prefix));
            }

            await _writes.SaveAsync();
        }

        return View(spec);
    });

    public Task<SubnetView?> Get()
    {
        CheckUsable();
        return Task.FromResult(_written is { } spec ? View(spec) : null);
    }

    public Task Delete() => OneByOneAsync(async () =>
    {
        if (State.Spec is null)
        {
            return false;
        }

        CheckUnused();

        // From here on no claim is granted; those granted before are leases by now and were found above.
        _deleting = true;
        try
        {
            await _writes.SaveAsync();
            await Cluster.RemoveSubnet(Name);
            await _state.ClearStateAsync();
            return true;
        }
        finally
        {
            _broken = true;
            DeactivateOnIdle();
        }
    });

    public async Task<ClaimAnswer> Claim(ClaimRequest request)
    {
        using Activity? activity = Source.StartActivity("subnet.claim")?.SetTag("cn2.subnet", Name);
        CheckUsable();
        if (State.Spec is null || _deleting || !_pools.TryGetValue(request.Family, out AddressPool? pool))
        {
            return new ClaimAnswer(ClaimStatus.NoPool, default);
        }

        if (request.DryRun)
        {
            return request.Requested is { } wanted
                ? Answer(pool.Check(wanted, request.ClaimId), wanted)
                : new ClaimAnswer(ClaimStatus.Granted, pool.Prefix.Network);
        }

        Lease lease = new(request.ClaimId, request.OwnerUid, request.Owner, Reason, _time.GetUtcNow());
        ClaimResult result = request.Requested is { } address ? pool.Claim(lease, address) : pool.ClaimAny(lease, RandomBits());
        if (result.Evicted is { } evicted && request.Requested is null)
        {
            _log.QuarantineCutShort(Name, result.Address, evicted.Owner);
        }

        _meter.Claimed(Name, request.Family, request.Requested is not null, result.Granted);
        if (result.Granted)
        {
            // Also where nothing changed: the write that made the lease durable may still be under way.
            await _writes.SaveAsync();
        }

        return Answer(result.Refusal, result.Address);
    }

    public async Task Release(ImmutableArray<ReleaseRequest> requests)
    {
        using Activity? activity = Source.StartActivity("subnet.release")?.SetTag("cn2.subnet", Name);
        foreach (ReleaseRequest request in requests)
        {
            if (_pools.TryGetValue(request.Family, out AddressPool? pool)
                && (request.Address.IsSet ? request.Address : pool.AddressOf(request.ClaimId) ?? default) is { IsSet: true } address)
            {
                pool.Release(request.ClaimId, address, SubnetRules.QuarantineAfter(pool.Find(address), request.Fence, _time.GetUtcNow()));
            }
        }

        await _writes.SaveAsync();
    }

    public Task<ImmutableArray<LeaseGap>> FindGaps(ImmutableArray<HeldAddress> held)
    {
        CheckUsable();
        return Task.FromResult(held
            .Select(each => (each.ClaimId, each.Address, Lease: _pools.GetValueOrDefault(each.Address.Family)?.Find(each.Address)))
            .Where(each => each.Lease is not { Quarantine: null } lease || lease.ClaimId != each.ClaimId)
            .Select(each => new LeaseGap(each.Address, each.Lease is { Quarantine: null } lease ? lease.Owner : null))
            .ToImmutableArray());
    }

    public Task<LeasePage> ListLeases(IpAddress after, int count)
    {
        CheckUsable();
        int most = Math.Min(count, MostListed);
        LeaseView[] page = [.. LeasesAfter(after)
            .Take(most + 1)
            .Select(entry => SubnetRules.View(entry.Key, entry.Value))];
        return Task.FromResult(new LeasePage([.. page.Take(most)], page.Length > most));
    }

    public async Task<int> Sweep()
    {
        if (State.Spec is null || _broken)
        {
            return 0;
        }

        _meter.Report(Name, [.. _pools.Values]);
        AskOwners();
        (AddressPool Pool, IpAddress Address, Lease Lease)[] waiting =
            [.. _pools.Values.SelectMany(pool => pool.InQuarantine().Select(entry => (pool, entry.Key, entry.Value)))];
        if (waiting.Length == 0)
        {
            return 0;
        }

        ProgressFloor floor = await GrainFactory.GetGrain<IProgressGrain>(IProgressGrain.Key).GetFloor();
        DateTimeOffset now = _time.GetUtcNow();

        // What was released, evicted and released again meanwhile is in a quarantine that was not looked at.
        int freed = waiting.Count(entry => SubnetRules.IsFree(entry.Lease.Quarantine!, floor, _options.QuarantineLimit, now)
            && entry.Pool.Find(entry.Address) == entry.Lease && entry.Pool.EndQuarantine(entry.Address));
        if (freed > 0)
        {
            await _writes.SaveAsync();
        }

        return freed;
    }

    private static ulong RandomBits() => BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    private static ClaimAnswer Answer(ClaimRefusal refusal, IpAddress address) => refusal switch
    {
        ClaimRefusal.None => new(ClaimStatus.Granted, address),
        ClaimRefusal.AlreadyAllocated => new(ClaimStatus.Taken, default),
        ClaimRefusal.OutOfRange => new(ClaimStatus.OutOfRange, default),
        ClaimRefusal.RangeFull => new(ClaimStatus.Exhausted, default),
        _ => new(ClaimStatus.Taken, address),
    };

    private IClusterGrain Cluster => GrainFactory.GetGrain<IClusterGrain>(IClusterGrain.Key);

    private IEnumerable<KeyValuePair<IpAddress, Lease>> LeasesAfter(IpAddress after) => _pools.Values
        .OrderBy(pool => pool.Prefix.Family)
        .Where(pool => !after.IsSet || pool.Prefix.Family >= after.Family)
        .SelectMany(pool => pool.Leases(after.IsSet && pool.Prefix.Family == after.Family ? after : default))
        .Where(entry => !after.IsSet || entry.Key > after);

    // An owner that crashed between claiming and remembering the claim is asked about it; what it does not know it releases.
    private void AskOwners()
    {
        KeyValuePair<IpAddress, Lease>[] slice =
            [.. LeasesAfter(_verified).Where(entry => entry.Value.Quarantine is null).Take(VerifiedPerSweep)];
        _verified = slice.Length < VerifiedPerSweep ? default : slice[^1].Key;
        foreach ((IpAddress address, Lease lease) in slice.Where(entry => _time.GetUtcNow() - entry.Value.AllocatedAt > SweepPeriod * 10))
        {
            GrainFactory.GetGrain<IServiceGrain>(lease.Owner.ToString()).VerifyLease(Name, address, lease.ClaimId).Ignore();
        }
    }

    private async Task LoadAsync()
    {
        _pools.Clear();
        foreach (IpPrefix prefix in State.Spec?.Prefixes ?? [])
        {
            _pools[prefix.Family] = new AddressPool(prefix);
        }

        await Task.WhenAll(State.Blocks.Select(async key =>
        {
            LeaseBlock block = await _blocks.ReadAsync(key);
            if (_pools.TryGetValue(key.Family, out AddressPool? pool))
            {
                pool.Replace(block);
            }
        }));
    }

    private async Task WriteAsync()
    {
        CheckUsable();
        try
        {
            (BlockKey Key, LeaseBlock Block)[] changes =
                [.. _pools.Values.SelectMany(pool => pool.TakeChanges().Select(block => (new BlockKey(pool.Prefix.Family, block.Index), block)))];
            bool indexed = changes.Aggregate(false, (added, change) => State.Blocks.Add(change.Key) || added);
            SubnetSpec? spec = State.Spec;
            if (indexed || !ReferenceEquals(spec, _written))
            {
                await _state.WriteStateAsync();
                _written = spec;
            }

            await Task.WhenAll(changes.Select(change => _blocks.WriteAsync(change.Key, change.Block)));
        }
        catch
        {
            // Which of the blocks were written is unknown, and another activation may have written them.
            _broken = true;
            DeactivateOnIdle();
            throw;
        }
    }

    // Changes of the definition wait for each other; claims and releases go on beside them.
    private Task<T> OneByOneAsync<T>(Func<Task<T>> change)
    {
        Task<T> turn = AfterAsync(_definition, change);
        _definition = turn;
        return turn;
    }

    private async Task<T> AfterAsync<T>(Task former, Func<Task<T>> change)
    {
        await former.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        CheckUsable();
        return await change();
    }

    private void Check(SubnetSpec spec)
    {
        if (SubnetRules.Validate(Name, spec, State.Spec) is { Count: > 0 } violations)
        {
            throw new InvalidObjectException("Subnet", Name, violations);
        }
    }

    private void CheckUnused()
    {
        if (_pools.Values.Sum(pool => pool.Leased) is > 0 and int leased)
        {
            throw new FailedPreconditionException("Subnet", Name, $"{leased} addresses of subnet \"{Name}\" are leased; delete their Services first");
        }

        if (_pools.Values.Sum(pool => pool.Quarantined) is > 0 and int held)
        {
            throw new FailedPreconditionException(
                "Subnet", Name, $"{held} released addresses of subnet \"{Name}\" may still be forwarded by vRouters; they are free once all of them acknowledged the removal");
        }
    }

    /// <summary>After a failed write nothing is known of the store: what is in memory must not be told.</summary>
    private void CheckUsable()
    {
        if (_broken)
        {
            throw new OutcomeUnknownException("Subnet", Name, $"subnet \"{Name}\" starts anew; repeat the request");
        }
    }

    private SubnetView View(SubnetSpec spec) => new(
        Name,
        State.Uid,
        State.ResourceVersion,
        State.CreatedAt,
        spec,
        [.. spec.Prefixes.Select(prefix => _pools[prefix.Family]).Select(pool =>
            new SubnetUsage(pool.Prefix, pool.Bands.Usable, (ulong)pool.Leased, (ulong)pool.Quarantined))]);
}
