using System.Collections.Immutable;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Orleans.Cn2.Lab.Manifests;

/// <summary>Reads manifest files: several documents each, YAML or JSON, Lists taken apart.</summary>
public static class ManifestReader
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="ManifestException">It can't be read or is no manifest.</exception>
    public static ImmutableArray<ManifestDocument> ReadFile(string path) => OrThrow(errors => ReadFile(path, errors));

    /// <summary>Reads the documents of a file that can be read; tells what is wrong with the others.</summary>
    public static ImmutableArray<ManifestDocument> ReadFile(string path, ICollection<ManifestError> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.Add(new(path, 0, 0, "", null, $"can't be read: {e.Message}"));
            return [];
        }

        return Read(text, path, errors);
    }

    /// <summary>Reads text; <paramref name="source"/> names it in errors.</summary>
    /// <exception cref="ManifestException">It is no manifest; all errors at once, save that bad YAML ends at the first.</exception>
    public static ImmutableArray<ManifestDocument> Read(string text, string source) => OrThrow(errors => Read(text, source, errors));

    /// <summary>Reads the documents of a text that can be read; tells what is wrong with the others. In bad YAML no document can be told from another.</summary>
    public static ImmutableArray<ManifestDocument> Read(string text, string source, ICollection<ManifestError> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        YamlStream stream = [];
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            errors.Add(new(source, 0, (int)e.Start.Line, "", null, $"is no YAML: {e.Message}"));
            return [];
        }

        var documents = ImmutableArray.CreateBuilder<ManifestDocument>();
        for (int i = 0; i < stream.Documents.Count; i++)
        {
            if (stream.Documents[i].RootNode is { } root)
            {
                Add(source, i + 1, root, documents, errors);
            }
        }

        return documents.ToImmutable();
    }

    private static ImmutableArray<ManifestDocument> OrThrow(Func<List<ManifestError>, ImmutableArray<ManifestDocument>> read)
    {
        List<ManifestError> errors = [];
        ImmutableArray<ManifestDocument> documents = read(errors);
        return errors.Count == 0 ? documents : throw new ManifestException([.. errors]);
    }

    private static void Add(
        string source, int index, YamlNode root, ImmutableArray<ManifestDocument>.Builder documents, ICollection<ManifestError> errors)
    {
        try
        {
            Add(source, index, new YamlTree(source, index).Convert(root), documents, errors);
        }
        catch (ManifestException e)
        {
            foreach (ManifestError error in e.Errors)
            {
                errors.Add(error);
            }
        }
    }

    private static void Add(
        string source, int index, ManifestNode root, ImmutableArray<ManifestDocument>.Builder documents, ICollection<ManifestError> errors)
    {
        if (root.IsNull)
        {
            return;
        }

        if (root.Kind != ManifestNodeKind.Mapping)
        {
            errors.Add(new(source, index, root.Line, root.Path, null, "must be an object with apiVersion, kind and metadata"));
            return;
        }

        string? apiVersion = Required(root, "apiVersion", root["apiVersion"]);
        string? kind = Required(root, "kind", root["kind"]);
        if (kind is not null && kind.EndsWith("List", StringComparison.Ordinal) && root["items"] is { Kind: ManifestNodeKind.Sequence } items)
        {
            foreach (ManifestNode item in items.Items)
            {
                Add(source, index, item, documents, errors);
            }

            return;
        }

        // A kind that nobody here knows may have no name (Kustomization, SubjectAccessReview).
        string? name = root["metadata"]?["name"] is not null || ManifestMapper.Knows(kind) ? Required(root, "metadata.name", root["metadata"]?["name"]) : "";
        if (apiVersion is not null && kind is not null && name is not null)
        {
            documents.Add(new()
            {
                Source = source,
                Index = index,
                ApiVersion = apiVersion,
                Kind = kind,
                Namespace = root["metadata"]?["namespace"]?.Text ?? "default",
                Name = name,
                Root = root,
            });
        }

        string? Required(ManifestNode owner, string field, ManifestNode? value)
        {
            string path = owner.Path.Length == 0 ? field : $"{owner.Path}.{field}";
            if (value is null or { Kind: ManifestNodeKind.Scalar, Text: "" })
            {
                errors.Add(new(source, index, owner.Line, path, null, "Required value"));
                return null;
            }

            if (value.Kind != ManifestNodeKind.Scalar)
            {
                errors.Add(new(source, index, value.Line, path, null, "must be a string"));
                return null;
            }

            return value.Text;
        }
    }
}
