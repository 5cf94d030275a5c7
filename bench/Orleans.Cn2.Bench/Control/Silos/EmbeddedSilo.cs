using System.Globalization;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Bench.Control.Silos;

/// <summary>A silo process on the embedded store, which can be started again on what it held.</summary>
internal sealed class EmbeddedSilo : IAsyncDisposable
{
    private readonly ScratchFolder _scratch = new();
    private readonly string[] _flags;
    private SiloRun _run;

    private EmbeddedSilo(string cidrs)
    {
        _flags = ["--service-cidrs", cidrs, .. LoadFlags];
        _run = Start();
    }

    /// <summary>Flags for all of the load to come from one address.</summary>
    public static string[] LoadFlags => ["--max-rate", "1000000", "--max-streams", "100000", "--audit", "none"];

    public string Grpc => _run.Grpc;

    public string Http => _run.Http;

    public static async Task<EmbeddedSilo> StartAsync(string cidrs = "10.96.0.0/15,fd00:96::/108")
    {
        EmbeddedSilo silo = new(cidrs);
        await silo._run.HealthyAsync();
        return silo;
    }

    /// <summary>Kills the silo and starts another on the same data; does not wait for it.</summary>
    public async Task StartAgainAsync()
    {
        await _run.Program.KillAsync();
        await _run.DisposeAsync();
        _run = Start();
    }

    /// <summary>Resident memory of the process.</summary>
    public double ResidentMiB()
    {
        string line = File.ReadLines($"/proc/{_run.Program.Id}/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    public async ValueTask DisposeAsync()
    {
        await _run.DisposeAsync();
        _scratch.Dispose();
    }

    private SiloRun Start() => SiloRun.Start(_scratch.Of("data"), flags: _flags);
}
