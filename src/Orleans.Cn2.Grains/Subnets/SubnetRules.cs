using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Grains.Subnets;

/// <summary>The rules of a subnet beyond its pools.</summary>
internal static class SubnetRules
{
    /// <summary>What is wrong with a definition: its name, its prefixes, or that it would change what stands.</summary>
    public static ValueList<FieldViolation> Validate(string name, SubnetSpec spec, SubnetSpec? stored)
    {
        string[] cidrs = [.. spec.Prefixes.Select(prefix => prefix.ToString())];
        List<FieldViolation> violations =
        [
            .. NameSyntax.DnsSubdomain(name).Select(fault => FieldViolation.Invalid("metadata.name", name, fault)),
            .. SubnetPrefixRules.Validate(cidrs, "cidrs"),
        ];
        if (stored is not null && stored.Purpose != spec.Purpose)
        {
            violations.Add(FieldViolation.Invalid("purpose", spec.Purpose.ToString(), "may not change once set"));
        }

        if (stored is not null && !spec.Prefixes.AsSpan().StartsWith(stored.Prefixes.AsSpan()))
        {
            violations.Add(FieldViolation.Invalid("cidrs", BadValue.List(cidrs), "may only add the second family, nothing else changes"));
        }

        return violations.ToValueList();
    }

    /// <summary>
    /// True when a released address may be given out again: every registered vRouter holds what its fence asks for, or the limit passed. A fence that can't
    /// be read (written by another release) is not taken as reached.
    /// </summary>
    public static bool IsFree(Quarantine quarantine, ProgressFloor floor, TimeSpan limit, DateTimeOffset now) =>
        now - quarantine.Since >= limit || (FenceOf(quarantine) is { } fence && floor.Covers(fence));

    /// <summary>
    /// The wait of an address that is released behind a fence, and of the lease which it evicted with it: vRouters that hold the one's removal may still forward
    /// the other. Null for a lease that was never published. Where the evicted one's fence can't be read, its address waits for the limit.
    /// </summary>
    public static Quarantine? QuarantineAfter(Lease? released, Fence fence, DateTimeOffset now) => fence.IsNone
        ? null
        : released?.Evicted?.Quarantine is not { } evicted ? new Quarantine(now, FenceToken.Write(fence).ToValueList())
        : FenceOf(evicted) is { } before ? new Quarantine(now, FenceToken.Write(before.And(fence)).ToValueList())
        : evicted with { Since = now };

    /// <summary>The fence of a quarantine; null when it can't be read.</summary>
    public static Fence? FenceOf(Quarantine quarantine) => FenceToken.TryRead([.. quarantine.Fence], out Fence fence) ? fence : null;

    /// <summary>A lease for people. Of a fence that can't be read only its existence is told.</summary>
    public static LeaseView View(IpAddress address, Lease lease) => new(
        address,
        lease.OwnerUid,
        lease.Owner,
        lease.Quarantine?.Since ?? lease.AllocatedAt,
        lease.Quarantine is { } quarantine ? FenceOf(quarantine) ?? Fence.None : null);
}
