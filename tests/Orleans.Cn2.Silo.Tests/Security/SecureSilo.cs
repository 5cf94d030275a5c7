using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Orleans.Cn2.Client;
using Orleans.Cn2.Lab.Processes;
using Orleans.Cn2.Testing.Certificates;
using Orleans.Cn2.Transport;

namespace Orleans.Cn2.Silo.Tests.Security;

/// <summary>A silo in a process of its own that speaks TLS and asks who calls, with an authority that issues whatever a test needs.</summary>
public sealed class SecureSilo : IAsyncLifetime
{
    public const string Issuer = "https://tokens.example";
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private readonly ScratchFolder _scratch = new();
    private readonly string[] _flags;
    private readonly int[] _ports = FreePorts.Take(4);
    private ProgramRun? _program;
    private int _files;

    public SecureSilo()
        : this([])
    {
    }

    internal SecureSilo(string[] flags) => _flags = flags;

    public TestAuthority Authority { get; } = new("cn2 test authority");

    public TokenIssuer Tokens { get; } = new(Issuer, "key-1");

    /// <summary>Where gRPC is served.</summary>
    public string Grpc => $"https://127.0.0.1:{_ports[0]}";

    /// <summary>Where JSON, health and metrics are served.</summary>
    public Uri Http => new($"https://127.0.0.1:{_ports[1]}");

    public int SiloPort => _ports[2];

    public string Socket => "unix:" + _scratch.Of("silo.sock");

    public string AuditFile => _scratch.Of("audit.jsonl");

    public string CertificateFile => _scratch.Of("silo.pem");

    public string CaFile => _scratch.Of("ca.crt");

    public string PolicyFile => _scratch.Of("policy.json");

    public string Output => _program!.Output;

    /// <summary>Waits until the log holds a text: who called may have its answer before it is written.</summary>
    public Task LogsAsync(string text) => _program!.SaysAsync(text, TimeSpan.FromSeconds(30));

    public string Folder(string name) => _scratch.Of(name);

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(CaFile, Authority.Pem);
        await File.WriteAllTextAsync(CertificateFile, Authority.Silo("one"));
        await File.WriteAllTextAsync(_scratch.Of("keys.json"), Tokens.KeySet);
        await File.WriteAllTextAsync(PolicyFile, """{"grants": [{"user": "paula", "role": "write", "namespaces": ["shop"]}]}""");
        string[] arguments =
        [
            Checkout.Silo, "--data", _scratch.Of("data"), "--grpc", $"127.0.0.1:{_ports[0]},{Socket}", "--http", $"127.0.0.1:{_ports[1]}",
            "--silo-port", Port(2), "--gateway-port", Port(3),
            "--api-cert", CertificateFile, "--api-client-ca", CaFile, "--policy", PolicyFile,
            "--token-issuer", Issuer, "--token-keys", _scratch.Of("keys.json"), "--audit", $"console,{AuditFile}", .. _flags,
        ];
        _program = ProgramRun.Start("dotnet", arguments);
        using HttpClient probe = NewHttp(null);
        await Until.TrueAsync("the silo is healthy", TimeSpan.FromSeconds(120), async () => await IsHealthyAsync(probe), () => Output);
    }

    /// <summary>A client that shows this certificate and key; none when null.</summary>
    public Cn2Client Connect(string? certificate, string? server = null) =>
        Cn2Client.Connect(server ?? Grpc, new Cn2Credentials(CaFile, certificate is null ? null : Write(certificate)));

    /// <summary>A client that shows a token.</summary>
    public Cn2Client ConnectWithToken(string token) => Cn2Client.Connect(Grpc, new Cn2Credentials(CaFile, TokenFile: Write(token)));

    /// <summary>A client with these roles: <c>write:shop</c>.</summary>
    public Cn2Client ConnectAs(string user, params string[] roles) => Connect(Authority.Client(user, [.. roles.Select(role => "cn2:" + role)]));

    /// <summary>A token of a user with these roles, good for an hour.</summary>
    public string Token(string user, params string[] roles) => Tokens.Token(user, [.. roles.Select(role => "cn2:" + role)], Hour);

    public HttpClient NewHttp(string? certificate)
    {
        HttpClientHandler handler = new()
        {
            ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown!.Issuer.Contains("cn2 test authority", StringComparison.Ordinal),
        };
        if (certificate is not null)
        {
            handler.ClientCertificates.Add(X509Certificate2.CreateFromPem(certificate, certificate));
        }

        return new HttpClient(handler) { BaseAddress = Http, Timeout = TimeSpan.FromSeconds(30) };
    }

    /// <summary>A new file with this text.</summary>
    public string Write(string text)
    {
        string file = _scratch.Of($"file-{Interlocked.Increment(ref _files)}");
        File.WriteAllText(file, text);
        return file;
    }

    public async ValueTask DisposeAsync()
    {
        if (_program is not null)
        {
            await _program.DisposeAsync();
        }

        Authority.Dispose();
        Tokens.Dispose();
        _scratch.Dispose();
    }

    private string Port(int index) => _ports[index].ToString(CultureInfo.InvariantCulture);

    private async Task<bool> IsHealthyAsync(HttpClient probe)
    {
        Assert.False(_program!.HasExited, Output);
        try
        {
            using HttpResponseMessage answer = await probe.GetAsync(new Uri("/healthz", UriKind.Relative));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
