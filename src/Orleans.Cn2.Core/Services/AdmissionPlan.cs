using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;

namespace Orleans.Cn2.Core.Services;

/// <summary>An address the caller must claim before admission can be completed.</summary>
/// <param name="Index">Index in <c>spec.clusterIPs</c>.</param>
/// <param name="Family">Family to claim from.</param>
/// <param name="Address">The address asked for; <see langword="null"/>: any free one.</param>
[GenerateSerializer, Immutable]
public sealed record ClusterIPClaim(
    [property: Id(0)] int Index,
    [property: Id(1)] IpFamily Family,
    [property: Id(2)] IpAddress? Address);

/// <summary>
/// The first half of an admission: the spec up to the point where addresses are needed. The caller makes the claims, hands
/// their addresses to <c>Admission.Complete</c>, gives all of them back when that or anything later fails,
/// and performs the releases only once the admitted Service is stored.
/// </summary>
/// <param name="Manifest">The manifest with defaults, patched fields and families filled in.</param>
/// <param name="Old">The stored Service; <see langword="null"/> on create.</param>
/// <param name="Claims">Addresses to claim, in order.</param>
/// <param name="Releases">Addresses held by <paramref name="Old"/> to release when the update is stored.</param>
[GenerateSerializer, Immutable]
public sealed record AdmissionPlan(
    [property: Id(0)] ServiceManifest Manifest,
    [property: Id(1)] AdmittedService? Old,
    [property: Id(2)] ValueList<ClusterIPClaim> Claims,
    [property: Id(3)] ValueList<IpAddress> Releases);
