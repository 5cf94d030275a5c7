using System.Xml.Linq;

namespace Orleans.Cn2.Architecture.Tests.References;

/// <summary>What a project file says about its dependencies.</summary>
internal sealed record Project(string Name, string Path, string[] Projects, Package[] Packages)
{
    private static readonly Lazy<IReadOnlyDictionary<string, Project>> Loaded = new(Load);

    /// <summary>All projects of the repository by name.</summary>
    public static IReadOnlyDictionary<string, Project> All => Loaded.Value;

    public bool IsTest => Path.StartsWith("tests/", StringComparison.Ordinal) || Path.StartsWith("bench/", StringComparison.Ordinal);

    /// <summary>The projects it reaches through project references, itself excluded.</summary>
    public IReadOnlySet<string> Closure()
    {
        HashSet<string> reached = [];
        Queue<string> open = new(Projects);
        while (open.TryDequeue(out string? next))
        {
            if (reached.Add(next))
            {
                foreach (string further in All[next].Projects)
                {
                    open.Enqueue(further);
                }
            }
        }

        return reached;
    }

    private static Dictionary<string, Project> Load() =>
        Repository.Files(".csproj").Select(Parse).ToDictionary(project => project.Name, StringComparer.Ordinal);

    private static Project Parse(string file)
    {
        XElement root = XDocument.Load(file).Root!;
        return new Project(
            System.IO.Path.GetFileNameWithoutExtension(file),
            Repository.Relative(file),
            [.. Includes(root, "ProjectReference").Select(reference => System.IO.Path.GetFileNameWithoutExtension(reference.Include)).Distinct()],
            [.. Includes(root, "PackageReference").Select(reference => new Package(reference.Include, (string?)reference.Element.Attribute("PrivateAssets") ?? ""))]);
    }

    private static IEnumerable<(string Include, XElement Element)> Includes(XElement root, string kind) => root.Descendants(kind)
        .Where(element => element.Attribute("Include") is not null)
        .Select(element => ((string)element.Attribute("Include")!, element));
}
