using System.Globalization;
using Orleans.Cn2.Lab.Namespaces;

namespace Orleans.Cn2.Netns.Tests.Traffic;

/// <summary>Packets that a namespace's kernel found with a wrong checksum: every counter of that kind in /proc/net/snmp and snmp6.</summary>
internal static class ChecksumErrors
{
    private const string Suffix = "CsumErrors";

    /// <summary>Counters by namespace and name.</summary>
    public static SortedDictionary<string, long> Of(IEnumerable<string> namespaces)
    {
        SortedDictionary<string, long> counters = new(StringComparer.Ordinal);
        foreach (string name in namespaces)
        {
            using NetworkNamespace ns = NetworkNamespace.Open(name);
            (string[] four, string[] six) = ns.Run(() => (File.ReadAllLines("/proc/thread-self/net/snmp"), File.ReadAllLines("/proc/thread-self/net/snmp6")));
            for (int i = 0; i + 1 < four.Length; i += 2)
            {
                string[] titles = four[i].Split(' ');
                string[] values = four[i + 1].Split(' ');
                for (int column = 1; column < titles.Length; column++)
                {
                    Add($"{name} {titles[0]}{titles[column]}", values[column]);
                }
            }

            foreach (string[] row in six.Select(line => line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)))
            {
                Add($"{name} {row[0]}", row[1]);
            }
        }

        return counters;

        void Add(string counter, string value)
        {
            if (counter.EndsWith(Suffix, StringComparison.Ordinal))
            {
                counters[counter] = long.Parse(value, CultureInfo.InvariantCulture);
            }
        }
    }
}
