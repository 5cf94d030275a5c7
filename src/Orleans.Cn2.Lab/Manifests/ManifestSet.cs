using System.Collections.Immutable;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Lab.Manifests;

/// <summary>Manifests sorted by who acts on them.</summary>
public sealed record ManifestSet
{
    /// <summary>What the lab runs.</summary>
    public ImmutableArray<WorkloadSpec> Workloads { get; init; } = [];

    /// <summary>What workloads may mount.</summary>
    public ImmutableArray<ConfigMapSpec> ConfigMaps { get; init; } = [];

    /// <summary>What the Services among <see cref="HandedOver"/> ask of pods.</summary>
    public ImmutableArray<ServiceTargets> Targets { get; init; } = [];

    /// <summary>Services and Namespaces, whole: the caller applies them by the API.</summary>
    public ImmutableArray<ManifestDocument> HandedOver { get; init; } = [];

    /// <summary>Documents of kinds that nobody here knows.</summary>
    public ImmutableArray<ManifestDocument> Skipped { get; init; } = [];

    /// <summary>Interprets documents.</summary>
    /// <exception cref="ManifestException">Some field holds what it must not.</exception>
    public static ManifestSet From(IEnumerable<ManifestDocument> documents)
    {
        List<ManifestError> errors = [];
        ManifestSet set = From(documents, errors);
        return errors.Count == 0 ? set : throw new ManifestException([.. errors]);
    }

    /// <summary>Interprets the documents that can be interpreted; tells what is wrong with the others.</summary>
    public static ManifestSet From(IEnumerable<ManifestDocument> documents, ICollection<ManifestError> errors) => ManifestMapper.Map(documents, errors);

    /// <summary>Reads and interprets files.</summary>
    /// <exception cref="ManifestException">A file can't be read or parsed, or a field holds what it must not.</exception>
    public static ManifestSet FromFiles(params IEnumerable<string> files) => From(files.SelectMany(f => ManifestReader.ReadFile(f)));
}
