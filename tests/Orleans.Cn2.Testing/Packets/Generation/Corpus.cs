using System.Collections.Immutable;
using System.Reflection;

namespace Orleans.Cn2.Testing.Packets.Generation;

/// <summary>The cases that are kept (Packets/Corpus): such as once showed a difference between the engines, and such as reach a rule that few packets do.</summary>
public static class Corpus
{
    private const string Ending = ".case";

    public static ImmutableSortedDictionary<string, PacketCase> Cases { get; } = typeof(Corpus).Assembly.GetManifestResourceNames()
        .Where(name => name.EndsWith(Ending, StringComparison.Ordinal))
        .ToImmutableSortedDictionary(name => name[..^Ending.Length], Read);

    private static PacketCase Read(string name)
    {
        using Stream resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using StreamReader reader = new(resource);
        return CaseText.Read(reader.ReadToEnd());
    }
}
