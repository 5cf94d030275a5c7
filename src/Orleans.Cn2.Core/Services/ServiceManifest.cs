using Orleans.Cn2.Core.Labels;

namespace Orleans.Cn2.Core.Services;

/// <summary>A Service as asked: what an apply carries into admission.</summary>
[GenerateSerializer, Immutable]
public sealed record ServiceManifest
{
    /// <summary><c>metadata.namespace</c> and <c>metadata.name</c>.</summary>
    [Id(0)]
    public required NamespacedName Name { get; init; }

    /// <summary><c>metadata.uid</c>: absent, or the uid the stored object must have; see also <see cref="AssignsUid"/>.</summary>
    [Id(1)]
    public Guid? Uid { get; init; }

    /// <summary><c>metadata.labels</c>.</summary>
    [Id(2)]
    public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary><c>metadata.annotations</c>.</summary>
    [Id(3)]
    public LabelSet Annotations { get; init; } = LabelSet.Empty;

    /// <summary><c>spec</c>.</summary>
    [Id(4)]
    public required ServiceSpec Spec { get; init; }

    /// <summary><c>metadata.resourceVersion</c>: absent, or the version the stored object must have (checked by the store's owner).</summary>
    [Id(5)]
    public string? ResourceVersion { get; init; }

    /// <summary>
    /// True: a Service that is not there yet gets <see cref="Uid"/>. Tables are kept by uid, so whoever may choose one could take over another Service's:
    /// only who may write every Service may.
    /// </summary>
    [Id(6)]
    public bool AssignsUid { get; init; }

    /// <summary>Names the request, the same in each repetition of it; absent where the caller does not tell.</summary>
    [Id(7)]
    public Guid? RequestId { get; init; }
}
