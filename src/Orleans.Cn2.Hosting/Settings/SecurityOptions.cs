using System.Collections.Immutable;
using Orleans.Cn2.Api.Security;
using Orleans.Cn2.Api.Security.Audit;
using Orleans.Cn2.Api.Security.Cluster;
using Orleans.Cn2.Api.Security.Limits;

namespace Orleans.Cn2.Hosting.Settings;

/// <summary>Settings of who may connect and do what.</summary>
/// <param name="Api">Of the API's listeners and callers.</param>
/// <param name="Cluster">TLS between silos and from gateways to silos, or null for plaintext.</param>
internal sealed record SecurityOptions(ApiSecurity Api, ClusterTls? Cluster)
{
    private const string DefaultAudience = "cn2";
    private const string ConsoleSink = "console";
    private const string NoSink = "none";

    /// <summary>What <c>--help</c> prints of these.</summary>
    public const string Help = """
          --api-cert FILE        PEM certificate of the API's listeners: they speak TLS (unix domain sockets never do)
          --api-key FILE         its private key
          --api-client-ca FILE   PEM authorities of clients' certificates: callers must say who they are
          --token-issuer URL     accept bearer tokens (JWT) of this issuer: callers must say who they are
          --token-audience NAME  the tokens' audience (default cn2)
          --token-keys FILE      the issuer's public keys, a JSON Web Key Set (default: found at the issuer, OpenID Connect discovery)
          --policy FILE          JSON that gives users and groups roles
          --audit LIST           where changes are noted: console, a file's path, both, or none (default console)
          --max-message BYTES    largest request (default 4194304)
          --max-rate CALLS       calls of one client per second (default 20000)
          --max-streams COUNT    watches and worker streams of one client at once (default 2000)
          --cluster-cert FILE    PEM certificate for silos, which names its holder: cn2://silo/NAME
          --cluster-key FILE     its private key
          --cluster-ca FILE      PEM authorities of silos' certificates
        """;

    /// <summary>Keys of these options.</summary>
    public static ImmutableArray<string> Keys { get; } =
    [
        "api-cert", "api-key", "api-client-ca", "token-issuer", "token-audience", "token-keys", "policy", "audit", "max-message", "max-rate", "max-streams",
        "cluster-cert", "cluster-key", "cluster-ca",
    ];

    /// <summary>True where who calls is known and nobody else can read it: then the API may be served beyond loopback.</summary>
    public bool GuardsApi => Api is { Encrypts: true, Authenticates: true };

    /// <summary>Reads and validates; errors go to the reader.</summary>
    public static SecurityOptions Read(OptionReader reader)
    {
        ApiLimits limits = new();
        ApiSecurity api = new()
        {
            CertificateFile = reader.Optional("api-cert"),
            KeyFile = reader.Optional("api-key"),
            ClientCaFile = reader.Optional("api-client-ca"),
            PolicyFile = reader.Optional("policy"),
            Tokens = Tokens(reader),
            Audit = Audit(reader),
            Limits = new ApiLimits
            {
                MessageBytes = reader.Count("max-message", limits.MessageBytes),
                RequestsPerSecond = reader.Count("max-rate", limits.RequestsPerSecond),
                Streams = reader.Count("max-streams", limits.Streams),
            },
        };
        reader.Errors.AddRange(api.Faults());
        return new SecurityOptions(api, Tls(reader));
    }

    private static TokenSecurity? Tokens(OptionReader reader)
    {
        string? keys = reader.Optional("token-keys");
        if (reader.Optional("token-issuer") is { } issuer)
        {
            if (keys is null && !issuer.StartsWith("https://", StringComparison.Ordinal))
            {
                reader.Errors.Add($"token-issuer: '{issuer}' must be an https URL, or token-keys be given");
            }

            return new TokenSecurity(issuer, reader.Text("token-audience", DefaultAudience), keys);
        }

        if (keys is not null)
        {
            reader.Errors.Add("token-keys: needs token-issuer");
        }

        return null;
    }

    private static AuditSinks Audit(OptionReader reader)
    {
        string[] sinks = reader.List("audit", ConsoleSink);
        string[] files = [.. sinks.Except([ConsoleSink, NoSink])];
        if (files.Length > 1 || (sinks.Contains(NoSink) && sinks.Length > 1) || files.Any(file => !Path.IsPathRooted(file)))
        {
            reader.Errors.Add($"audit: '{string.Join(',', sinks)}' must be console, one absolute path, both, or none");
        }

        return new AuditSinks(sinks.Contains(ConsoleSink), files.FirstOrDefault());
    }

    private static ClusterTls? Tls(OptionReader reader)
    {
        string? certificate = reader.Optional("cluster-cert");
        string? key = reader.Optional("cluster-key");
        string? authorities = reader.Optional("cluster-ca");
        if (certificate is null && key is null && authorities is null)
        {
            return null;
        }

        if (certificate is null || authorities is null)
        {
            reader.Errors.Add($"{(certificate is null ? "cluster-cert" : "cluster-ca")}: needed where silos speak TLS");
            return null;
        }

        ClusterTls tls = new(certificate, key, authorities);
        reader.Errors.AddRange(tls.Faults());
        return tls;
    }
}
