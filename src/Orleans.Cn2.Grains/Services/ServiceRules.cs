using System.Globalization;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Grains.Services;

/// <summary>The rules of a Service's record beyond admission.</summary>
internal static class ServiceRules
{
    /// <summary>Refuses a manifest that names a uid or a resource version which the stored Service does not have, or a new one's uid without the right to.</summary>
    /// <exception cref="ConflictException">What is named is not what is stored.</exception>
    /// <exception cref="InvalidObjectException">There is no Service, and the caller may not choose the uid of a new one.</exception>
    public static void CheckPreconditions(ServiceManifest manifest, StoredService? stored)
    {
        string key = manifest.Name.ToString();
        if (manifest.Uid is { } uid && stored is not null && stored.Uid != uid)
        {
            throw new ConflictException("Service", key, $"metadata.uid: {uid} is not that of the Service, which is {stored.Uid}");
        }

        if (manifest is { Uid: { } chosen, AssignsUid: false } && stored is null)
        {
            throw new InvalidObjectException(
                "Service",
                key,
                [FieldViolation.Forbidden("metadata.uid", $"there is no Service \"{key}\", and {chosen} can be given to a new one only with role admin in all namespaces")]);
        }

        // A repetition of the request that stored it: the answer was lost. Equal contents alone would not do, another caller may have asked for the same.
        if (manifest.RequestId is { } request && stored?.RequestId == request)
        {
            return;
        }

        string? current = stored?.ResourceVersion.ToString(CultureInfo.InvariantCulture);
        if (manifest.ResourceVersion is { } version && version != current)
        {
            throw new ConflictException(
                "Service",
                key,
                $"metadata.resourceVersion: \"{version}\" is not that of the Service, which is {(current is null ? "not there" : $"\"{current}\"")}: it has changed, read it again");
        }
    }

    /// <summary>
    /// The record to store: the very same when nothing was changed, else the next resource version. FloatingIPs stay those of addresses held before.
    /// </summary>
    public static StoredService Draft(
        Guid uid, StoredService? former, AdmittedService admitted, IReadOnlyCollection<FloatingIp> granted, DateTimeOffset now, Guid? requestId = null)
    {
        if (former is not null && former.Admitted == admitted)
        {
            return former;
        }

        IEnumerable<FloatingIp> all = [.. former?.FloatingIps ?? [], .. granted];
        return new StoredService(
            uid,
            NextResourceVersion(former?.ResourceVersion, now),
            former?.CreatedAt ?? now,
            admitted,
            admitted.Spec.ClusterIPs.Select(address => all.Last(fip => fip.Address == address)).ToValueList(),
            requestId);
    }

    /// <summary>The clock, in milliseconds, as the floor makes versions grow also beyond a deletion and a new creation under the name.</summary>
    public static ulong NextResourceVersion(ulong? former, DateTimeOffset now) => Math.Max((former ?? 0) + 1, (ulong)now.ToUnixTimeMilliseconds());

    /// <summary>
    /// The next epoch of generations: milliseconds of the clock, so that generations grow also beyond a deletion and a new creation under the same uid.
    /// </summary>
    public static ulong NextEpoch(ulong former, DateTimeOffset now) => Math.Max(former + 1, (ulong)now.ToUnixTimeMilliseconds());

    /// <summary>The n-th generation of an epoch. An epoch has room for a million a millisecond before it runs into the next one.</summary>
    public static ulong Generation(ulong epoch, ulong number) => (epoch << 20) + number;

    /// <summary>True when the Service has, may get, or is about to release what was granted to a claim.</summary>
    public static bool Knows(ServiceState state, Guid claimId) =>
        state.Stored?.FloatingIps.Any(fip => fip.ClaimId == claimId) == true
        || state.Claims.Any(claim => claim.ClaimId == claimId)
        || state.Releases.Any(fip => fip.ClaimId == claimId);
}
