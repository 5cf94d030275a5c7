using System.Globalization;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Client;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Commands;

/// <summary>The ends of a packet as a user names them for <c>cn2 explain</c>.</summary>
internal static class PacketEnds
{
    // The first of the ports that systems hand out by themselves (RFC 6335, 6).
    private const uint EphemeralPort = 49152;

    /// <summary>ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT.</summary>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static (string Address, uint Port) Source(string text) =>
        IpAddress.TryParse(text, null, out _) ? (text, EphemeralPort)
        : TrySplit(text, out string host, out uint port) && IpAddress.TryParse(host, null, out _) ? (host, port)
        : throw new FormatException($"source: '{text}' must be ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT");

    /// <summary>ADDRESS:PORT, [ADDRESS]:PORT, or SERVICE:PORT, which stands for the Service's FloatingIP of the family of the source.</summary>
    /// <exception cref="FormatException">It is none of these.</exception>
    /// <exception cref="CommandException">The Service has no FloatingIP of that family.</exception>
    public static async Task<(string Address, uint Port)> DestinationAsync(
        Cn2Client client, string text, string ns, string source, CancellationToken cancellation)
    {
        if (!TrySplit(text, out string host, out uint port))
        {
            throw new FormatException($"destination: '{text}' must be ADDRESS:PORT, [ADDRESS]:PORT or [NAMESPACE/]SERVICE:PORT");
        }

        if (IpAddress.TryParse(host, null, out _))
        {
            return (host, port);
        }

        string[] name = host.Split('/');
        GetServiceRequest request = new() { Namespace = name.Length > 1 ? name[0] : ns, Name = name[^1] };
        Service service = await client.Services.GetAsync(request, cancellationToken: cancellation);
        IpFamily family = IpAddress.Parse(source).Family;
        return service.Status.FloatingIps.FirstOrDefault(fip => IpAddress.Parse(fip.Address).Family == family) is { } found
            ? (found.Address, port)
            : throw new CommandException(
                ExitCodes.Refused, $"destination: Service {request.Namespace}/{request.Name} has no FloatingIP of the family of {source}");
    }

    private static bool TrySplit(string text, out string host, out uint port)
    {
        int colon = text.LastIndexOf(':');
        host = colon > 0 ? text[..colon].Trim('[', ']') : "";
        bool isPort = ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort number);
        port = number;
        return host.Length > 0 && isPort;
    }
}
