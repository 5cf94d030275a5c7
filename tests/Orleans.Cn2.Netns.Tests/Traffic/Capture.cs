using Orleans.Cn2.Lab.Namespaces;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Netns.Tests.Traffic;

/// <summary>What tshark says of the checksums in a capture: packets whose checksums verify by protocol, and those with a wrong one.</summary>
internal sealed record ChecksumVerdicts(int Tcp, int Udp, int Icmp, IReadOnlyList<string> Bad);

/// <summary>A capture of all IP packets on an interface until disposed.</summary>
internal sealed class Capture : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private static readonly string[] Fields = ["tcp.checksum.status", "udp.checksum.status", "icmp.checksum.status", "icmpv6.checksum.status", "ip.checksum.status"];
    private readonly ProgramRun _program;
    private readonly string _file;
    private bool _stopped;

    private Capture(string networkNamespace, string file, ProgramRun program) => (NetworkNamespace, _file, _program) = (networkNamespace, file, program);

    public string NetworkNamespace { get; }

    /// <summary>Returns when the kernel hands packets over.</summary>
    public static async Task<Capture> StartAsync(string networkNamespace, string link, string file)
    {
        int before = PacketSockets(networkNamespace);
        ProgramRun program = ProgramRun.Start("nsenter", [$"--net=/run/netns/{networkNamespace}", "--", "tshark", "-q", "-i", link, "-f", "ip or ip6", "-w", file]);
        await Until.TrueAsync($"a packet socket in {networkNamespace}", Bound, () => Task.FromResult(PacketSockets(networkNamespace) > before), () => program.Output);
        return new Capture(networkNamespace, file, program);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopped)
        {
            _stopped = true;
            await _program.SignalAsync("INT");
            await _program.ExitAsync(Bound);
            await _program.DisposeAsync();
        }
    }

    /// <summary>Has every checksum of the stopped capture verified.</summary>
    public async Task<ChecksumVerdicts> VerdictsAsync()
    {
        string[] check = [.. ((string[])["ip", "tcp", "udp"]).SelectMany(protocol => new[] { "-o", $"{protocol}.check_checksum:TRUE" })];
        (int status, string output, _) = await ProgramRun.RunAsync(
            "tshark", ["-r", _file, .. check, "-T", "fields", .. Fields.SelectMany(field => new[] { "-e", field }), "-e", "_ws.col.info"]);
        Assert.True(status == 0, output);
        // A field holds several values where an ICMP error quotes a packet; 0 is wrong, 1 right (epan/proto.h).
        string[][] packets = [.. output.Split('\n').Where(line => line.Contains('\t', StringComparison.Ordinal)).Select(line => line.Split('\t'))];
        return new ChecksumVerdicts(
            packets.Count(fields => fields[0].Contains('1', StringComparison.Ordinal)),
            packets.Count(fields => fields[1].Contains('1', StringComparison.Ordinal)),
            packets.Count(fields => (fields[2] + fields[3]).Contains('1', StringComparison.Ordinal)),
            [.. packets.Where(fields => fields.Take(Fields.Length).Any(field => field.Contains('0', StringComparison.Ordinal))).Select(fields => string.Join(' ', fields))]);
    }

    private static int PacketSockets(string name)
    {
        using NetworkNamespace ns = Lab.Namespaces.NetworkNamespace.Open(name);
        return ns.Run(() => File.ReadAllLines("/proc/thread-self/net/packet").Length);
    }
}
