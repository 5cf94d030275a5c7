using System.Collections.Immutable;
using System.Globalization;
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

namespace Orleans.Cn2.Grains.Services;

/// <summary>
/// A Service. Every change is a row of steps, each durable before the next: the name is enlisted, the claims are written down, made, the result is stored,
/// the entry is published, what is no longer held is released behind the publication's fence. The shard's hint <see cref="Activate"/> comes to every listed
/// name after a crash, and <see cref="RecoverAsync"/> then finishes what was stored and undoes what was not.
/// </summary>
internal sealed class ServiceGrain(
    [PersistentState("service")] IPersistentState<ServiceState> state, TimeProvider time, ILogger<ServiceGrain> log) : Grain, IServiceGrain
{
    private const string Kind = "Service";
    private ServicePublisher _publisher = null!;

    private ServiceState State => state.State;

    private string Key => this.GetPrimaryKeyString();

    private NamespacedName Name => NamespacedName.Parse(Key);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (State.Stored is not null)
        {
            State.GenerationEpoch++;
            await state.WriteStateAsync(cancellationToken);
        }

        _publisher = new ServicePublisher(GrainFactory, Name, State.GenerationEpoch, time);
    }

    public async Task<ApplyOutcome> Apply(ServiceManifest manifest, bool dryRun)
    {
        await RecoverAsync();
        CheckPreconditions(manifest);
        AddressClaims claims = await ClaimsAsync();
        AdmissionOutcome<AdmissionPlan> prepared = Admission.Prepare(manifest, State.Stored?.Admitted, claims.Cluster(Key));
        AdmissionPlan plan = prepared.Value ?? throw new InvalidObjectException(Kind, Key, prepared.Violations);
        Guid uid = State.Stored?.Uid ?? manifest.Uid ?? Guid.NewGuid();
        ImmutableArray<PendingClaim> pending = claims.Plan(plan);
        if (dryRun)
        {
            ImmutableArray<FloatingIp> wouldBe = await claims.MakeAsync(plan, pending, uid, dryRun: true);
            StoredService draft = Draft(uid, plan, Complete(plan, wouldBe), wouldBe);
            return new ApplyOutcome(View(draft), Fence.None, ResultOf(draft));
        }

        ulong token = State.Stored is null ? await _publisher.Catalog.Enlist(Name) : State.ListToken;
        StoredService stored;
        try
        {
            if (State.Stored is null || !pending.IsEmpty)
            {
                (State.ListToken, State.Claims) = (token, pending.ToValueList());
                await state.WriteStateAsync();
            }

            ImmutableArray<FloatingIp> granted = await claims.MakeAsync(plan, pending, uid, dryRun: false);
            stored = Draft(uid, plan, Complete(plan, granted), granted);
        }
        catch
        {
            await UndoAsync(claims);
            throw;
        }

        ApplyResult result = ResultOf(stored);
        if (result != ApplyResult.Unchanged)
        {
            await StoreAsync(stored, plan);
        }

        ShardVersion version = await _publisher.PublishAsync(State.Stored!, State.ListToken, time.GetUtcNow(), always: false);
        await ReleaseAsync(claims, version);
        return new ApplyOutcome(View(State.Stored!), FenceOf(version), result);
    }

    public Task<ServiceView?> Get() => Task.FromResult(State.Stored is { } stored ? View(stored) : null);

    public async Task<Fence> Delete(Guid? uid)
    {
        if (State.Deleting)
        {
            return await FinishDeletionAsync();
        }

        await RecoverAsync();
        StoredService stored = State.Stored ?? throw new ObjectNotFoundException(Kind, Key, $"services \"{Name.Name}\" not found in namespace \"{Name.Namespace}\"");
        if (uid is not null && uid != stored.Uid)
        {
            throw new ConflictException(Kind, Key, $"uid: {uid} is not that of the Service, which is {stored.Uid}");
        }

        State.Deleting = true;
        await state.WriteStateAsync();
        return await FinishDeletionAsync();
    }

    public async Task MembersChanged(ulong membersVersion)
    {
        if (State is { Stored: { } stored, Deleting: false } && membersVersion > _publisher.Members)
        {
            await _publisher.PublishAsync(stored, State.ListToken, time.GetUtcNow(), always: _publisher.Entry is null);
        }
    }

    public async Task Activate(ulong listToken, ulong generation)
    {
        await RecoverAsync();
        if (State.Stored is not { } stored)
        {
            await _publisher.Catalog.Delist(Name, listToken);
            return;
        }

        if (listToken != State.ListToken)
        {
            // Enlisted anew by a creation that this Service's own came before: the newest token is the list's.
            State.ListToken = listToken;
            await state.WriteStateAsync();
        }

        if (_publisher.Entry is null || generation < _publisher.Entry.Generation)
        {
            await _publisher.PublishAsync(stored, listToken, time.GetUtcNow(), always: true);
        }
    }

    public Task<ShardVersion?> Published(ulong membersVersion) => Task.FromResult<ShardVersion?>(
        State.Stored is null ? ShardVersion.None : _publisher.Entry is not null && _publisher.Members >= membersVersion ? _publisher.Version : null);

    public Task<SelectRequest?> GetSelection() => Task.FromResult(State is { Stored: { } stored, Deleting: false } ? _publisher.Selection(stored) : null);

    public async Task VerifyLease(string subnet, IpAddress address, Guid claimId)
    {
        await RecoverAsync();
        bool known = State.Stored?.FloatingIps.Any(fip => fip.ClaimId == claimId) == true || State.Releases.Any(fip => fip.ClaimId == claimId);
        if (!known)
        {
            log.StrayLease(Key, address, subnet);
            await GrainFactory.GetGrain<ISubnetGrain>(subnet).Release([new ReleaseRequest(claimId, address, address.Family, Fence.None)]);
        }
    }

    /// <summary>Finishes or undoes what an earlier turn or activation left half-done. Repeatable at every step.</summary>
    private async Task RecoverAsync()
    {
        if (State.Deleting)
        {
            await FinishDeletionAsync();
        }

        if (State.Claims.Count > 0 || (State.Stored is null && state.RecordExists))
        {
            await UndoAsync(await ClaimsAsync());
        }

        if (State.Releases.Count > 0 && State.Stored is { } stored)
        {
            await ReleaseAsync(await ClaimsAsync(), await _publisher.PublishAsync(stored, State.ListToken, time.GetUtcNow(), always: true));
        }
    }

    private async Task StoreAsync(StoredService stored, AdmissionPlan plan)
    {
        ImmutableArray<FloatingIp> released = [.. State.Stored?.FloatingIps.Where(fip => plan.Releases.Contains(fip.Address)) ?? []];
        if (State.Stored is null)
        {
            State.GenerationEpoch = 1;
            _publisher = new ServicePublisher(GrainFactory, Name, State.GenerationEpoch, time);
        }

        (State.Stored, State.Claims, State.Releases) = (stored, [], State.Releases.Concat(released).ToValueList());
        await state.WriteStateAsync();
    }

    private async Task UndoAsync(AddressClaims claims)
    {
        await claims.UndoAsync(State.Claims);
        ulong token = State.ListToken;
        if (State.Stored is null)
        {
            await ClearAsync();
            await _publisher.Catalog.Delist(Name, token);
        }
        else if (State.Claims.Count > 0)
        {
            State.Claims = [];
            await state.WriteStateAsync();
        }
    }

    private async Task ReleaseAsync(AddressClaims claims, ShardVersion version)
    {
        if (State.Releases.Count > 0)
        {
            await claims.ReleaseAsync(State.Releases, FenceOf(version));
            State.Releases = [];
            await state.WriteStateAsync();
        }
    }

    private async Task<Fence> FinishDeletionAsync()
    {
        StoredService stored = State.Stored!;
        Fence fence = FenceOf(await _publisher.RemoveAsync(stored.Uid, State.ListToken));
        AddressClaims claims = await ClaimsAsync();
        await claims.ReleaseAsync(stored.FloatingIps.Concat(State.Releases), fence);
        ulong token = State.ListToken;
        await ClearAsync();
        await _publisher.Catalog.Delist(Name, token);
        return fence;
    }

    private async Task ClearAsync()
    {
        if (state.RecordExists)
        {
            await state.ClearStateAsync();
        }

        state.State = new ServiceState();
        _publisher = new ServicePublisher(GrainFactory, Name, 0, time);
    }

    private void CheckPreconditions(ServiceManifest manifest)
    {
        if (manifest.Uid is { } uid && State.Stored is { } stored && stored.Uid != uid)
        {
            throw new ConflictException(Kind, Key, $"metadata.uid: {uid} is not that of the Service, which is {stored.Uid}");
        }

        string? current = State.Stored?.ResourceVersion.ToString(CultureInfo.InvariantCulture);
        if (manifest.ResourceVersion is { } version && version != current)
        {
            throw new ConflictException(
                Kind, Key, $"metadata.resourceVersion: \"{version}\" is not that of the Service, which is {(current is null ? "not there" : $"\"{current}\"")}: it has changed, read it again");
        }
    }

    private StoredService Draft(Guid uid, AdmissionPlan plan, AdmittedService admitted, ImmutableArray<FloatingIp> granted)
    {
        DateTimeOffset now = time.GetUtcNow();
        IEnumerable<FloatingIp> all = [.. State.Stored?.FloatingIps.Where(fip => !plan.Releases.Contains(fip.Address)) ?? [], .. granted];
        ValueList<FloatingIp> held = admitted.Spec.ClusterIPs.Select(address => all.First(fip => fip.Address == address)).ToValueList();
        if (State.Stored is { } former && former.Admitted == admitted)
        {
            return former;
        }

        // Time as the floor makes versions grow beyond a deletion and a new creation under the name.
        ulong version = Math.Max((State.Stored?.ResourceVersion ?? 0) + 1, (ulong)now.ToUnixTimeMilliseconds());
        return new StoredService(uid, version, State.Stored?.CreatedAt ?? now, admitted, held);
    }

    private ApplyResult ResultOf(StoredService draft) =>
        State.Stored is null ? ApplyResult.Created : ReferenceEquals(draft, State.Stored) ? ApplyResult.Unchanged : ApplyResult.Configured;

    private AdmittedService Complete(AdmissionPlan plan, ImmutableArray<FloatingIp> granted)
    {
        AdmissionOutcome<AdmittedService> completed = Admission.Complete(plan, [.. granted.Select(fip => fip.Address)]);
        return completed.Value ?? throw new InvalidObjectException(Kind, Key, completed.Violations);
    }

    private ServiceView View(StoredService stored) => new(
        stored.Uid,
        stored.ResourceVersion,
        stored.CreatedAt,
        stored.Admitted,
        stored.FloatingIps,
        _publisher.Entry?.Generation ?? 0,
        State.Deleting ? ServicePhase.Deleting : ServicePhase.Active,
        _publisher.Entry?.Endpoints ?? []);

    private Fence FenceOf(ShardVersion version) => Fence.Of(ShardMap.ShardOf(Name), version);

    private async Task<AddressClaims> ClaimsAsync() =>
        new(GrainFactory, await GrainFactory.GetGrain<IClusterGrain>(IClusterGrain.Key).GetInventory(), time);
}
