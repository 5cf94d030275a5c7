using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Services;
using Orleans.Concurrency;

namespace Orleans.Cn2.Contracts.Services;

/// <summary>
/// A Service, key <c>namespace/name</c>. It awaits the cluster, subnet, namespace and catalog grains; these reach it only by
/// one-way hints and by interleaving reads that are answered from memory.
/// </summary>
[Alias("cn2.IServiceGrain")]
public interface IServiceGrain : IGrainWithStringKey
{
    /// <summary>Creates or replaces the Service. Idempotent. When it answers, the change is durable and published.</summary>
    /// <exception cref="InvalidObjectException">A field is not valid, or an address asked for is taken or out of range.</exception>
    /// <exception cref="PoolExhaustedException">No address is left.</exception>
    /// <exception cref="ConflictException">The manifest names a uid or a resource version that the stored object does not have.</exception>
    /// <exception cref="FailedPreconditionException">There is no service subnet.</exception>
    /// <exception cref="OutcomeUnknownException">A step failed on the way.</exception>
    [Alias("Apply")]
    Task<ApplyOutcome> Apply(ServiceManifest manifest, bool dryRun);

    /// <summary>The Service; null when there is none.</summary>
    [AlwaysInterleave, Alias("Get")]
    Task<ServiceView?> Get();

    /// <summary>Deletes the Service. When it answers, its removal is published and its addresses are released behind the fence.</summary>
    /// <param name="uid">Null, or the uid the Service must have.</param>
    /// <exception cref="ObjectNotFoundException">There is none.</exception>
    /// <exception cref="ConflictException">It has another uid.</exception>
    /// <exception cref="OutcomeUnknownException">A step failed on the way.</exception>
    [Alias("Delete")]
    Task<Fence> Delete(Guid? uid);

    /// <summary>
    /// Hint of the namespace grain: members changed up to this version of the namespace. Repeated by it until this ends without a fault, or a
    /// <see cref="INamespaceGrain.Select"/> of this Service was answered.
    /// </summary>
    /// <exception cref="ConflictException">This activation was replaced: the newest one is to be told.</exception>
    [Alias("MembersChanged")]
    Task MembersChanged(ulong membersVersion);

    /// <summary>
    /// Hint of the catalog grain, when it starts and now and then: this name is on your list under this token and you hold this
    /// generation of it (0: nothing). The Service finishes what it had begun, publishes when it is ahead, or takes its name off the list.
    /// </summary>
    [Alias("Activate")]
    Task Activate(ulong listToken, ulong generation);

    /// <summary>The shard's version under which members of at least this version were published; null when they were not yet.</summary>
    [AlwaysInterleave, Alias("Published")]
    Task<ShardVersion?> Published(ulong membersVersion);

    /// <summary>How the Service uses a VMI since members of at least this version were published; null when they were not yet.</summary>
    [AlwaysInterleave, Alias("UseOf")]
    Task<MemberUse?> UseOf(ulong membersVersion, ulong vmiId);

    /// <summary>What the Service selects, for a namespace grain that rebuilds its index; null when there is no Service or it selects nothing.</summary>
    [AlwaysInterleave, Alias("GetSelection")]
    Task<SelectRequest?> GetSelection();

    /// <summary>Hint of a subnet grain: this address is leased for this claim of yours. The Service releases it if it knows nothing of it.</summary>
    [OneWay, Alias("VerifyLease")]
    Task VerifyLease(string subnet, IpAddress address, Guid claimId);

    /// <summary>Hint of the catalog grain, now and then: the Service compares its addresses with their leases.</summary>
    [OneWay, Alias("VerifyAddresses")]
    Task VerifyAddresses();
}
