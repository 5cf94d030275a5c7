using System.Globalization;
using System.Net;

namespace Orleans.Cn2.Lab.Echo;

/// <summary>A port to serve.</summary>
internal readonly record struct EchoPort(bool Udp, int Number);

/// <summary>The command line.</summary>
/// <param name="Pod">Name that every answer bears.</param>
/// <param name="Addresses">
/// Addresses for UDP. A datagram must be answered from the address it came to; a socket bound to one address does that,
/// one bound to all of them would leave the choice to the routing table.
/// </param>
/// <param name="ReadyFile">File to write when all ports are bound, or null.</param>
/// <param name="Ports">Ports, each once.</param>
internal sealed record EchoOptions(string Pod, IReadOnlyList<IPAddress> Addresses, string? ReadyFile, IReadOnlyList<EchoPort> Ports)
{
    public static EchoOptions Parse(string[] args)
    {
        string? pod = null;
        string? ready = null;
        List<IPAddress> addresses = [];
        List<EchoPort> ports = [];
        for (int i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--pod":
                    pod = Next(ref i);
                    break;
                case "--ready":
                    ready = Next(ref i);
                    break;
                case "--address":
                    addresses.Add(IPAddress.TryParse(Next(ref i), out IPAddress? address)
                        ? address : throw new ArgumentException($"--address {args[i]}: no IP address"));
                    break;
                default:
                    ports.Add(ParsePort(args[i]));
                    break;
            }
        }

        return new(pod ?? throw new ArgumentException("--pod NAME is missing"), addresses, ready, [.. ports.Distinct()]);

        string Next(ref int i) => ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} wants a value");
    }

    private static EchoPort ParsePort(string text)
    {
        string[] parts = text.Split('/');
        return parts is ["tcp" or "udp", { } number]
            && ushort.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0
            ? new(parts[0] == "udp", port)
            : throw new ArgumentException($"'{text}' is neither an option nor tcp/PORT nor udp/PORT");
    }
}
