using System.Collections.Immutable;
using System.Net;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Transport.Certificates;

namespace Orleans.Cn2.Cli.Certificates;

/// <summary>One certificate to make.</summary>
/// <param name="File">Its files' name without extension.</param>
/// <param name="User">Common name.</param>
/// <param name="Groups">Organizations: an API client's roles.</param>
/// <param name="Uri">What its holder is in the system, or null for an API client.</param>
/// <param name="Hosts">Names and addresses it serves under; none for clients.</param>
internal sealed record CertificateOrder(string File, string User, ImmutableArray<string> Groups, Uri? Uri, ImmutableArray<string> Hosts)
{
    public bool Serves => Hosts.Length > 0;
}

/// <summary>The certificates that a command line asks for.</summary>
internal sealed record CertificateOrders(ImmutableArray<CertificateOrder> All)
{
    private const string DefaultHosts = "localhost,127.0.0.1,::1";
    private static readonly string[] Roles = ["read", "write", "admin"];

    /// <exception cref="CommandException">An argument can't be read, or two ask for the same files.</exception>
    public static CertificateOrders Parse(string[] silos, string[] nodes, string[] clients)
    {
        ImmutableArray<CertificateOrder> all = [.. silos.Select(Silo), .. nodes.Select(Node), .. clients.Select(Client)];
        string[] twice = [.. all.GroupBy(request => request.File).Where(group => group.Count() > 1).Select(group => group.Key)];
        return twice.Length == 0 ? new(all) : throw Usage($"{string.Join(", ", twice)}: asked for twice");
    }

    private static CertificateOrder Silo(string text)
    {
        (string name, string hosts) = Split("silo", text, DefaultHosts);
        return new($"silo-{name}", name, [], CertificateNames.OfSilo(name), [.. List(hosts).Select(Host)]);
    }

    private static CertificateOrder Node(string text) => new($"node-{Name("node", text)}", text, [], CertificateNames.OfNode(text), []);

    private static CertificateOrder Client(string text)
    {
        (string name, string roles) = Split("client", text, "");
        ImmutableArray<string> groups = [.. List(roles).Select(role => Roles.Contains(role.Split(':')[0]) && !role.EndsWith(':')
            ? $"cn2:{role}"
            : throw Usage($"client: '{role}' must be read, write or admin, or ROLE:NAMESPACE"))];
        return groups.Length > 0 ? new($"client-{name}", name, groups, null, []) : throw Usage($"client: '{text}' must be NAME=ROLE,...");
    }

    private static string Host(string host) =>
        IPAddress.TryParse(host, out _) || Uri.CheckHostName(host) == UriHostNameType.Dns
            ? host
            : throw Usage($"silo: '{host}' must be a host name or an address");

    private static (string Name, string Tail) Split(string option, string text, string fallback)
    {
        string[] parts = text.Split('=', 2);
        return (Name(option, parts[0]), parts.Length == 2 ? parts[1] : fallback);
    }

    // Names become files' names.
    private static string Name(string option, string text) =>
        text.Length is > 0 and <= 63 && text[0] != '.' && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_')
            ? text
            : throw Usage($"{option}: '{text}' must be at most 63 letters, digits, '-', '.' or '_'");

    private static string[] List(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static CommandException Usage(string message) => new(ExitCodes.Usage, message);
}
