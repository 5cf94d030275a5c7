namespace Orleans.Cn2.Lab.Manifests;

/// <summary>One object of a manifest file, read but not interpreted; a List is already taken apart.</summary>
public sealed record ManifestDocument
{
    /// <summary>File it came from, or a name for text that came from elsewhere (<c>-</c>).</summary>
    public required string Source { get; init; }

    /// <summary>Number of the document in the file, from 1; the items of a List share their List's.</summary>
    public required int Index { get; init; }

    /// <summary><c>apiVersion</c>.</summary>
    public required string ApiVersion { get; init; }

    /// <summary><c>kind</c>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>metadata.namespace</c>, or <c>default</c>.</summary>
    public required string Namespace { get; init; }

    /// <summary><c>metadata.name</c>; empty where there is none.</summary>
    public required string Name { get; init; }

    /// <summary>The whole object.</summary>
    public required ManifestNode Root { get; init; }

    /// <summary>Says that it is skipped, and why: <c>skipped: file: document 3: Ingress default/web: no kind Ingress of networking.k8s.io/v1 here</c>.</summary>
    public string Skipped => $"skipped: {this}: no kind {Kind} of {ApiVersion} here";

    /// <summary>An error at a node of this document.</summary>
    public ManifestError Error(ManifestNode at, string rule) => Error(at, at?.Path ?? "", rule);

    internal ManifestError Error(ManifestNode? at, string field, string rule) => new(
        Source, Index, at?.Line ?? Root.Line, field, at is { Kind: ManifestNodeKind.Scalar } ? at.Text : null, rule);

    /// <inheritdoc/>
    public override string ToString() => $"{Source}: document {Index}: {Kind}{(Name.Length == 0 ? "" : $" {Namespace}/{Name}")}";
}
