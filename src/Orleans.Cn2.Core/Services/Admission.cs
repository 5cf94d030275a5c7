using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Services.Rules;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Core.Services;

/// <summary>
/// Defaulting and validation of a Service on create and update, in Kubernetes' order, since the order decides which error
/// is reported: defaults, linked fields, families, <i>allocation</i>, stale fields, validation.
/// Allocation belongs to the caller, so admission comes in two halves:
/// <list type="number">
/// <item><see cref="Prepare"/> yields a plan, or violations.</item>
/// <item>The caller makes the plan's claims. On a refusal it releases the claims already made and reports
/// <see cref="Refused"/>.</item>
/// <item><see cref="Complete"/> yields the Service to store, or violations; on violations, and on any later failure to
/// store, the caller releases all its claims.</item>
/// <item>Once the Service is stored the caller performs the plan's releases.</item>
/// </list>
/// NodePort and LoadBalancer Services get cluster addresses like ClusterIP ones. Node ports are kept as given, none is allocated.
/// </summary>
public static class Admission
{
    /// <summary>The first half, up to the claims.</summary>
    /// <param name="manifest">What is asked.</param>
    /// <param name="old">The stored Service; <see langword="null"/> to create.</param>
    /// <param name="cluster">The cluster's service families.</param>
    public static AdmissionOutcome<AdmissionPlan> Prepare(
        ServiceManifest manifest, AdmittedService? old, ServiceCluster cluster)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(cluster);
        ServiceSpec? oldSpec = old is null ? null : SpecConversion.ToAsked(old.Spec);
        ServiceSpec spec = ClusterIPLinking.Canonical(Defaults.Apply(manifest.Spec));
        spec = oldSpec is null
            ? ClusterIPLinking.Normalize(spec)
            : ClusterIPLinking.Normalize(ClusterIPLinking.PatchAllocated(spec, oldSpec), oldSpec);
        AdmissionOutcome<ServiceSpec> families = FamilyResolution.Resolve(spec, oldSpec, cluster);
        if (!families.Succeeded)
        {
            return new(families.Violations);
        }

        AdmissionPlan plan = ClusterIPAllocation.Plan(manifest with { Spec = families.Value }, old, oldSpec);
        ClusterIPClaim? own = plan.Claims.FirstOrDefault(claim =>
            claim.Address is { } address && old is not null && old.Spec.ClusterIPs.Contains(address));
        return own is null ? new(plan) : new([Refused(plan, own, ClaimRefusal.AlreadyAllocated)]);
    }

    /// <summary>The second half, with the addresses the claims yielded.</summary>
    /// <param name="plan">The plan of <see cref="Prepare"/>.</param>
    /// <param name="claimed">One address for each of the plan's claims, in their order.</param>
    /// <exception cref="ArgumentException">The number of addresses is not that of the claims.</exception>
    public static AdmissionOutcome<AdmittedService> Complete(AdmissionPlan plan, IReadOnlyList<IpAddress> claimed)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(claimed);
        if (claimed.Count != plan.Claims.Count)
        {
            throw new ArgumentException($"{plan.Claims.Count} addresses were to be claimed, not {claimed.Count}", nameof(claimed));
        }

        ServiceSpec? oldSpec = plan.Old is null ? null : SpecConversion.ToAsked(plan.Old.Spec);
        ServiceSpec spec = ClusterIPAllocation.Fill(plan.Manifest.Spec, plan.Claims, claimed);
        if (oldSpec is not null)
        {
            spec = TypeRules.DropStale(spec, oldSpec);
            spec = NodePortRules.DropStale(spec, oldSpec);
            spec = TrafficRules.DropStale(spec, oldSpec);
        }

        ServiceManifest manifest = plan.Manifest with { Spec = spec };
        ValueList<FieldViolation> violations = FinalValidation.Validate(manifest, oldSpec).ToValueList();
        return violations.Count > 0
            ? new(violations)
            : new(new AdmittedService(manifest.Name, manifest.Labels, manifest.Annotations, SpecConversion.ToAdmitted(spec)));
    }

    /// <summary>
    /// The violation that reports a refused claim. A claim for any address is refused only when the range is full, which is
    /// not the asker's fault: report that as <see cref="RangeFull"/> instead.
    /// </summary>
    public static FieldViolation Refused(AdmissionPlan plan, ClusterIPClaim claim, ClaimRefusal refusal)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(claim);
        return FieldViolation.Invalid(
            "spec.clusterIPs",
            BadValue.List(plan.Manifest.Spec.ClusterIPs),
            $"failed to allocate IP {claim.Address}: {refusal.Describe()}");
    }

    /// <summary>What to say when no address is left for a Service; the operation failed, the request was not invalid.</summary>
    public static string RangeFull(string name) =>
        $"Internal error occurred: failed to allocate a serviceIP for Service {GoText.Quote(name)}: {ClaimRefusal.RangeFull.Describe()}";

    /// <summary><c>Service "NAME" is invalid: ...</c> with all violations.</summary>
    public static string Describe(string name, IReadOnlyCollection<FieldViolation> violations) =>
        InvalidMessage.Of("Service", name, violations);
}
