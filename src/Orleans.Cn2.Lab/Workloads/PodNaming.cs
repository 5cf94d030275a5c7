using System.Globalization;
using System.Text.Json;
using Orleans.Cn2.Lab.State;

namespace Orleans.Cn2.Lab.Workloads;

/// <summary>Names of pods, as Kubernetes' controllers form them.</summary>
internal static class PodNaming
{
    // No vowels and no look-alikes, so that no word arises (Kubernetes' alphabet of generated names).
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";
    private const int LongestGenerated = 63;
    private const int SuffixLength = 5;

    /// <summary>Hash of a template: the label <c>pod-template-hash</c>, and whether a template changed.</summary>
    public static string Hash(PodTemplate template)
    {
        uint hash = 2166136261;
        foreach (byte b in JsonSerializer.SerializeToUtf8Bytes(template, LabJson.Default.PodTemplate))
        {
            hash = (hash ^ b) * 16777619;
        }

        return string.Concat(hash.ToString(CultureInfo.InvariantCulture).Select(digit => Alphabet[(digit - '0') % Alphabet.Length]));
    }

    /// <summary><c>base-xxxxx</c> with a random suffix; a base that is too long is cut.</summary>
    public static string Generate(string baseName, Random random)
    {
        string start = baseName + "-";
        string cut = start.Length > LongestGenerated - SuffixLength ? start[..(LongestGenerated - SuffixLength)] : start;
        return cut + new string(random.GetItems<char>(Alphabet, SuffixLength));
    }

    /// <summary>What the random suffix is put behind.</summary>
    public static string Base(WorkloadId id, string templateHash) =>
        id.Kind == WorkloadKind.Deployment ? $"{id.Name}-{templateHash}" : id.Name;
}
