using System.Collections.Immutable;
using System.Globalization;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Lab.Pods;

/// <summary>TCP ports listened on in a process' network namespace, by /proc/PID/net/tcp and tcp6 (proc(5)).</summary>
internal static class ListeningPorts
{
    private const string Listen = "0A";

    /// <summary>True when one of the TCP ports, or with none declared any port, is listened on.</summary>
    public static bool AnyOf(int pid, ImmutableArray<NamedPort> ports)
    {
        ushort[] wanted = [.. ports.Where(p => p.Protocol == TransportProtocol.Tcp).Select(p => p.Port)];
        return Parse(Lines(pid, "tcp").Concat(Lines(pid, "tcp6"))).Any(port => wanted.Length == 0 || wanted.Contains(port));
    }

    /// <summary>Ports of the lines whose state is LISTEN.</summary>
    public static IEnumerable<ushort> Parse(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var local, _, Listen, ..]
                && ushort.TryParse(local[(local.LastIndexOf(':') + 1)..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort port))
            {
                yield return port;
            }
        }
    }

    private static string[] Lines(int pid, string protocol)
    {
        try
        {
            return File.ReadAllLines($"/proc/{pid}/net/{protocol}");
        }
        catch (IOException)
        {
            // The process ended, or the kernel has no IPv6: nothing listens there.
            return [];
        }
    }
}
