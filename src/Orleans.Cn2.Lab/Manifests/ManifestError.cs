using System.Collections.Immutable;

namespace Orleans.Cn2.Lab.Manifests;

/// <summary>One thing wrong in a manifest.</summary>
/// <param name="Source">File.</param>
/// <param name="Document">Number of the document in the file, from 1; 0 when the file itself can't be read.</param>
/// <param name="Line">Line in the file, from 1; 0 when unknown.</param>
/// <param name="Field">Path of the field, <c>spec.ports[0].port</c>; empty for the whole document.</param>
/// <param name="Value">The scalar that stands there, or null.</param>
/// <param name="Rule">What it breaks.</param>
public sealed record ManifestError(string Source, int Document, int Line, string Field, string? Value, string Rule)
{
    /// <summary><c>file: document 2, line 14: spec.replicas: Invalid value: "x": must be an integer</c>.</summary>
    public override string ToString()
    {
        string place = (Document, Line) switch
        {
            (0, 0) => Source,
            (0, _) => $"{Source}: line {Line}",
            (_, 0) => $"{Source}: document {Document}",
            _ => $"{Source}: document {Document}, line {Line}",
        };
        string field = Field.Length == 0 ? "" : $"{Field}: ";
        return Value is null ? $"{place}: {field}{Rule}" : $"{place}: {field}Invalid value: \"{Value}\": {Rule}";
    }
}

/// <summary>Manifests that can't be used; says everything that is wrong with them at once.</summary>
public sealed class ManifestException : Exception
{
    /// <summary>One or more errors.</summary>
    public ManifestException(ImmutableArray<ManifestError> errors)
        : base(string.Join('\n', errors)) => Errors = errors;

    /// <summary>All errors found.</summary>
    public ImmutableArray<ManifestError> Errors { get; }
}
