using System.Globalization;
using System.Net;

namespace Orleans.Cn2.Lab.Echo;

/// <summary>A port to serve.</summary>
internal readonly record struct EchoPort(bool Udp, int Number)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Udp ? "udp" : "tcp")}/{Number}");
}

/// <summary>The command line.</summary>
/// <param name="Pod">Name that every answer bears.</param>
/// <param name="Addresses">
/// Addresses for UDP. A datagram must be answered from the address it came to; a socket bound to one address does that,
/// one bound to all of them would leave the choice to the routing table.
/// </param>
/// <param name="PortsFile">File with the ports to serve, a line each: tcp/PORT or udp/PORT; read again at SIGHUP.</param>
/// <param name="ReadyFile">File to write the ports to that are bound, or null.</param>
internal sealed record EchoOptions(string Pod, IReadOnlyList<IPAddress> Addresses, string PortsFile, string? ReadyFile)
{
    public static EchoOptions Parse(string[] args)
    {
        string? pod = null;
        string? ports = null;
        string? ready = null;
        List<IPAddress> addresses = [];
        for (int i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--pod":
                    pod = Next(ref i);
                    break;
                case "--ports":
                    ports = Next(ref i);
                    break;
                case "--ready":
                    ready = Next(ref i);
                    break;
                case "--address":
                    addresses.Add(IPAddress.TryParse(Next(ref i), out IPAddress? address)
                        ? address : throw new ArgumentException($"--address {args[i]}: no IP address"));
                    break;
                default:
                    throw new ArgumentException($"'{args[i]}' is no option: --pod NAME --ports FILE [--address IP]... [--ready FILE]");
            }
        }

        return new(
            pod ?? throw new ArgumentException("--pod NAME is missing"),
            addresses,
            ports ?? throw new ArgumentException("--ports FILE is missing"),
            ready);

        string Next(ref int i) => ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} wants a value");
    }

    /// <summary>The ports that the file names now, each once.</summary>
    public IReadOnlyList<EchoPort> ReadPorts() =>
        [.. File.ReadLines(PortsFile).Where(line => line.Length > 0).Select(ParsePort).Distinct()];

    private static EchoPort ParsePort(string text)
    {
        string[] parts = text.Split('/');
        return parts is ["tcp" or "udp", { } number]
            && ushort.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0
            ? new(parts[0] == "udp", port)
            : throw new ArgumentException($"'{text}' is neither tcp/PORT nor udp/PORT");
    }
}
