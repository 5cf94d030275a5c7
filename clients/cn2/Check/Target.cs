using System.Net;
using System.Net.Sockets;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Cli.Check;

/// <summary>One address and port of a Service.</summary>
/// <param name="Service">The Service.</param>
/// <param name="Address">Its FloatingIP of one family.</param>
/// <param name="Port">The service port.</param>
/// <param name="Protocol">TCP (asked by HTTP) or UDP (asked by echo).</param>
internal sealed record Target(NamespacedName Service, IPAddress Address, ushort Port, TransportProtocol Protocol)
{
    /// <summary><c>v4</c> or <c>v6</c>.</summary>
    public string Family => Address.AddressFamily == AddressFamily.InterNetwork ? "v4" : "v6";

    /// <inheritdoc/>
    public override string ToString() => $"{Service.Name} {Protocol.ToString().ToUpperInvariant()}/{Port} {Family}";
}
