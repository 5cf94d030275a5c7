using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Grains.Audits;

namespace Orleans.Cn2.Grains.Services;

/// <summary>
/// A Service. Every change is a row of steps, each durable before the next:
/// <list type="bullet">
/// <item>create, update: the claims are written down; a new name is enlisted in its shard; the claims are made; the result is stored; the entry is published;
/// what is no longer held is released behind the publication's fence;</item>
/// <item>delete: the deletion is written down; the shard removes the entry for good; the addresses are released behind the removal's fence; the record is
/// cleared; the name leaves the list.</item>
/// </list>
/// What is written down but not stored is undone by <see cref="RecoverAsync"/>, what is stored is finished. It runs before every change, by a timer after a
/// failure, and on the shard's hint <see cref="Activate"/>, which every listed name gets after a crash: so the name is on the list before the first claim and
/// until after the last release. Every step that touches another grain follows a conditional write of this activation (the claims', the deletion's, or the one
/// of <see cref="OnActivateAsync"/>), so that a second activation of the Service can't undo or repeat what this one is about to finish: its writes fail.
/// </summary>
internal sealed class ServiceGrain(
    [PersistentState("service")] IPersistentState<ServiceState> state, TimeProvider time, AuditMeter audits, ILogger<ServiceGrain> log) : Grain, IServiceGrain
{
    private const string Kind = "Service";
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromSeconds(1);
    private ServiceStore _store = null!;
    private ServicePublisher _publisher = null!;
    private AddressClaims _claims = null!;
    private ServiceAudit _audit = null!;
    private IGrainTimer? _retry;

    private ServiceState Current => _store.Current;

    private string Key => this.GetPrimaryKeyString();

    private NamespacedName Name { get; set; }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Name = NamespacedName.Parse(Key);
        _store = new ServiceStore(state, Key, this.DeactivateOnIdle);
        _publisher = new ServicePublisher(GrainFactory, Name, _store, time);
        _claims = new AddressClaims(GrainFactory, time);
        _audit = new ServiceAudit(GrainFactory, audits, log);
        if (_store.Exists)
        {
            await _store.WriteAsync(Current with { GenerationEpoch = NextEpoch() });
        }
    }

    public Task<ApplyOutcome> Apply(ServiceManifest manifest, bool dryRun) => RunAsync("service.apply", async () =>
    {
        await RecoverAsync();
        ServiceRules.CheckPreconditions(manifest, Current.Stored);
        ClusterInventory inventory = await GrainFactory.GetGrain<IClusterGrain>(IClusterGrain.Key).GetInventory();
        AdmissionOutcome<AdmissionPlan> prepared = Admission.Prepare(manifest, Current.Stored?.Admitted, AddressClaims.FamiliesOf(inventory, Key));
        AdmissionPlan plan = prepared.Value ?? throw new InvalidObjectException(Kind, Key, prepared.Violations);
        Guid uid = Current.Stored?.Uid ?? manifest.Uid ?? Guid.NewGuid();
        ValueList<PendingClaim> pending = AddressClaims.Plan(inventory, plan);
        if (dryRun)
        {
            StoredService wouldBe = Draft(uid, plan, await _claims.MakeAsync(plan, pending, uid, dryRun: true));
            return new ApplyOutcome(View(wouldBe), Fence.None, ResultOf(wouldBe));
        }

        (StoredService draft, ulong token) = await AllocateAsync(plan, pending, uid);
        ApplyResult result = ResultOf(draft);
        if (result != ApplyResult.Unchanged)
        {
            await StoreAsync(draft, token);
        }

        Fence fence = await PublishAsync(always: false);
        return new ApplyOutcome(View(draft), fence, result);
    });

    public Task<ServiceView?> Get() => Task.FromResult(Current.Stored is { } stored ? View(stored) : null);

    public Task<Fence> Delete(Guid? uid) => RunAsync("service.delete", async () =>
    {
        if (!Current.Deleting)
        {
            await RecoverAsync();
        }

        StoredService stored = Current.Stored
            ?? throw new ObjectNotFoundException(Kind, Key, $"services \"{Name.Name}\" not found in namespace \"{Name.Namespace}\"");
        if (uid is not null && uid != stored.Uid)
        {
            throw new ConflictException(Kind, Key, $"uid: {uid} is not that of the Service, which is {stored.Uid}");
        }

        if (!Current.Deleting)
        {
            await _store.WriteAsync(Current with { Deleting = true });
        }

        return await FinishDeletionAsync();
    });

    public Task MembersChanged(ulong membersVersion) => RunAsync("service.members", async () =>
    {
        if (_publisher.Selection() is not null)
        {
            return membersVersion > _publisher.Members ? await PublishAsync(always: false) : Fence.None;
        }

        // Nothing is selected, so the namespace need not tell; unless this activation only believes so.
        if (!Current.Deleting)
        {
            if (!await _store.IsNewestAsync())
            {
                throw new ConflictException(Kind, Key, $"\"{Key}\" is another activation's by now; repeat the hint");
            }

            await _publisher.UnsubscribeAsync();
        }

        return Fence.None;
    });

    public Task Activate(ulong listToken, ulong generation) => RunAsync("service.activate", async () =>
    {
        await RecoverAsync();
        if (Current.Stored is null)
        {
            if (await _store.IsNewestAsync())
            {
                await _publisher.Catalog.Delist(Name, listToken);
            }

            return Fence.None;
        }

        if (listToken > Current.ListToken)
        {
            // An enlisting of this Service whose answer was lost took effect late: tokens only grow, the newest is the list's.
            await _store.WriteAsync(Current with { ListToken = listToken });
        }

        (ulong? published, ShardVersion version) = (_publisher.Entry?.Generation, _publisher.Version);
        if (!_publisher.IsBehind && !(generation < published))
        {
            return Fence.None;
        }

        // The very same entry, appended a second time: the shard had it no more. One that has nothing of it has started anew.
        Fence fence = await PublishAsync(always: true);
        if (generation > 0 && published == _publisher.Entry?.Generation && version != _publisher.Version)
        {
            _audit.FoundLostPublication(Key, generation, published!.Value);
        }

        return fence;
    });

    public Task<ShardVersion?> Published(ulong membersVersion) => Task.FromResult<ShardVersion?>(
        Current.Stored is null ? ShardVersion.None : _publisher.Reached(membersVersion) is null ? null : _publisher.Version);

    public Task<MemberUse?> UseOf(ulong membersVersion, ulong vmiId) => Task.FromResult(
        Current.Stored is null ? new MemberUse(ShardVersion.None, EndpointUse.None)
        : _publisher.Reached(membersVersion) is { } entry ? new MemberUse(_publisher.Version, EndpointUse.Of(entry, vmiId))
        : null);

    public Task<SelectRequest?> GetSelection() => Task.FromResult(_publisher.Selection());

    public Task VerifyLease(string subnet, IpAddress address, Guid claimId) => RunAsync("service.verify", async () =>
    {
        if (ServiceRules.Knows(Current, claimId))
        {
            return Fence.None;
        }

        await RecoverAsync();

        // A claim is written down before it is made. So the newest state, read after the lease was seen, knows every claim that may still be wanted.
        if (!ServiceRules.Knows(Current, claimId) && await _store.IsNewestAsync())
        {
            _audit.FoundStrayLease(Key, address, subnet);
            await GrainFactory.GetGrain<ISubnetGrain>(subnet).Release([new ReleaseRequest(claimId, address, address.Family, Fence.None)]);
        }

        return Fence.None;
    });

    public async Task VerifyAddresses()
    {
        // What is under way is looked at when it is done.
        if (Current.Stored is { } stored && !Current.IsHalfDone && await _audit.FindAsync(stored) is { IsEmpty: false } gaps && await _store.IsNewestAsync())
        {
            await RunAsync("service.verify", async () =>
            {
                await _audit.MendAsync(stored, gaps);
                return Fence.None;
            });
        }
    }

    /// <summary>Writes the claims down, enlists a new name, makes the claims; undoes them when the Service can't be as asked.</summary>
    private async Task<(StoredService Draft, ulong ListToken)> AllocateAsync(AdmissionPlan plan, ValueList<PendingClaim> pending, Guid uid)
    {
        bool creates = Current.Stored is null;
        if (creates || pending.Count > 0)
        {
            await _store.WriteAsync(Current with { Claims = pending, GenerationEpoch = creates ? NextEpoch() : Current.GenerationEpoch });
        }

        ulong? token = creates ? null : Current.ListToken;
        try
        {
            // Not beside that write: another activation, hinted in between, would find no record and take the name off the list again.
            token ??= await _publisher.Catalog.Enlist(Name);
            return (Draft(uid, plan, await _claims.MakeAsync(plan, pending, uid, dryRun: false)), token.Value);
        }
        catch
        {
            try
            {
                await UndoAsync(creates ? token : null);
            }
            catch (Exception undoing)
            {
                // The intent stands and is undone later; the caller must learn why the change itself failed.
                log.UndoPostponed(Key, undoing.Message);
                ScheduleRetry();
            }

            throw;
        }
    }

    private Task StoreAsync(StoredService draft, ulong token)
    {
        using Activity? activity = ServiceTracing.Start("service.store", Name);
        IEnumerable<FloatingIp> released = Current.Stored?.FloatingIps.Where(fip => !draft.FloatingIps.Contains(fip)) ?? [];
        return _store.WriteAsync(Current with
        {
            Stored = draft,
            ListToken = token,
            Claims = [],
            Releases = Current.Releases.Concat(released).ToValueList(),
        });
    }

    /// <summary>Publishes what is stored, and releases what it no longer holds behind the publication.</summary>
    private async Task<Fence> PublishAsync(bool always)
    {
        Fence fence = FenceOf(await _publisher.PublishAsync(always));
        if (Current.Releases.Count > 0)
        {
            await _claims.ReleaseAsync(Current.Releases, fence);
            await _store.WriteAsync(Current with { Releases = [] });
        }

        return fence;
    }

    /// <summary>Finishes or undoes what an earlier turn or activation left half-done. Repeatable at every step.</summary>
    private async Task RecoverAsync()
    {
        if (Current.Deleting)
        {
            await FinishDeletionAsync();
        }

        if (Current.Claims.Count > 0 || (Current.Stored is null && _store.Exists))
        {
            await UndoAsync(listToken: null);
        }

        if (Current.Releases.Count > 0)
        {
            await PublishAsync(always: false);
        }
    }

    /// <param name="listToken">Token of a name that was enlisted for nothing; unknown after a restart: the shard's hint takes the name off then.</param>
    private async Task UndoAsync(ulong? listToken)
    {
        await _claims.UndoAsync(Current.Claims);
        if (Current.Stored is not null)
        {
            await _store.WriteAsync(Current with { Claims = [] });
            return;
        }

        await _store.ClearAsync();
        if (listToken is { } token)
        {
            await DelistAsync(token);
        }
    }

    private async Task<Fence> FinishDeletionAsync()
    {
        (StoredService stored, ulong token) = (Current.Stored!, Current.ListToken);
        Fence fence = FenceOf(await _publisher.RemoveAsync());
        await _claims.ReleaseAsync(stored.FloatingIps.Concat(Current.Releases), fence);
        await _store.ClearAsync();
        _publisher.Forget();
        await DelistAsync(token);
        return fence;
    }

    private async Task DelistAsync(ulong token)
    {
        try
        {
            await _publisher.Catalog.Delist(Name, token);
        }
        catch (Exception failure)
        {
            // Everything else is done and durable; the shard asks about the name again and then learns that it is gone.
            log.StaysListed(Key, failure.Message);
        }
    }

    private async Task<T> RunAsync<T>(string operation, Func<Task<T>> run)
    {
        using Activity? activity = ServiceTracing.Start(operation, Name);
        try
        {
            return await run();
        }
        catch (ControlPlaneException)
        {
            if (Current.IsHalfDone || _publisher.IsBehind)
            {
                ScheduleRetry();
            }

            throw;
        }
        catch (Exception failure)
        {
            log.StepFailed(Key, operation, failure.Message);
            ScheduleRetry();
            throw failure.InnerException as StoreFullException as Exception
                ?? new OutcomeUnknownException(Kind, Key, $"{operation} of \"{Key}\" was interrupted: {failure.Message}");
        }
    }

    private void ScheduleRetry() => _retry ??= this.RegisterGrainTimer(
        RetryAsync, new GrainTimerCreationOptions(RetryPeriod, RetryPeriod) { KeepAlive = true });

    private async Task RetryAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RecoverAsync();
            if (_publisher.IsBehind)
            {
                await PublishAsync(always: false);
            }

            _retry?.Dispose();
            _retry = null;
        }
        catch (Exception failure)
        {
            log.StepFailed(Key, "retry", failure.Message);
        }
    }

    private ulong NextEpoch() => ServiceRules.NextEpoch(Current.GenerationEpoch, time.GetUtcNow());

    private StoredService Draft(Guid uid, AdmissionPlan plan, ImmutableArray<FloatingIp> granted)
    {
        AdmissionOutcome<AdmittedService> completed = Admission.Complete(plan, [.. granted.Select(fip => fip.Address)]);
        AdmittedService admitted = completed.Value ?? throw new InvalidObjectException(Kind, Key, completed.Violations);
        return ServiceRules.Draft(uid, Current.Stored, admitted, granted, time.GetUtcNow(), plan.Manifest.RequestId);
    }

    private ApplyResult ResultOf(StoredService draft) =>
        Current.Stored is null ? ApplyResult.Created : ReferenceEquals(draft, Current.Stored) ? ApplyResult.Unchanged : ApplyResult.Configured;

    private ServiceView View(StoredService stored) => new(
        stored.Uid,
        stored.ResourceVersion,
        stored.CreatedAt,
        stored.Admitted,
        stored.FloatingIps,
        _publisher.Entry?.Generation ?? 0,
        Current.Deleting ? ServicePhase.Deleting : ServicePhase.Active,
        _publisher.Entry?.Endpoints ?? []);

    private Fence FenceOf(ShardVersion version) => Fence.Of(ShardMap.ShardOf(Name), version);
}
