using System.Globalization;
using System.Text.RegularExpressions;
using Orleans.Cn2.Lab.Processes;

namespace Orleans.Cn2.Silo.Tests.Security;

/// <summary>The commands of the page about security run as they stand, on free ports.</summary>
public sealed partial class SecurityPageTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Commands_OfThePage_Run()
    {
        using ScratchFolder scratch = new();
        int[] ports = FreePorts.Take(4);
        string[] lines = [.. Commands().Select(line => line
            .Replace(":7400", $":{ports[0]}", StringComparison.Ordinal)
            .Replace(":7401", $":{ports[1]}", StringComparison.Ordinal))];
        Assert.Equal(7, lines.Length);
        string flags = string.Create(CultureInfo.InvariantCulture, $"--grpc 127.0.0.1:{ports[0]} --http 127.0.0.1:{ports[1]} --silo-port {ports[2]} --gateway-port {ports[3]}");
        string preamble = $$"""
            set -eu
            DIR={{scratch.Path}}
            cn2() { {{Checkout.Cli}} "$@"; }
            cn2-silo() { exec dotnet {{Checkout.Silo}} {{flags}} "$@"; }
            cn2-vrouter() { exec dotnet {{Checkout.Worker}} "$@"; }

            """;
        List<ProgramRun> background = [];
        try
        {
            foreach (string line in lines)
            {
                if (line.StartsWith("export ", StringComparison.Ordinal))
                {
                    preamble += line + "\n";
                }
                else if (line.EndsWith(" &", StringComparison.Ordinal))
                {
                    background.Add(ProgramRun.Start("bash", ["-c", preamble + line[..^2]]));
                    string ready = line.StartsWith("cn2-silo", StringComparison.Ordinal) ? $"curl -sf --cacert $DIR/certs/ca.crt https://localhost:{ports[1]}/healthz"
                        : "cn2 --tls-cert $DIR/certs/client-root.crt --tls-key $DIR/certs/client-root.key get vrouters -o json | grep -q '\"inSync\": true'";
                    await Until.TrueAsync($"ready: {line}", Bound, async () => await StatusAsync(preamble + ready) == 0, () => background[^1].Output);
                }
                else
                {
                    (int status, string output, _) = await ProgramRun.RunAsync("bash", ["-c", preamble + line]);
                    Assert.True(status == 0, $"{line}\n{output}");
                }
            }

            Assert.Contains("certificate:root", await File.ReadAllTextAsync(scratch.Of("audit.jsonl"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
        finally
        {
            foreach (ProgramRun run in background)
            {
                await run.DisposeAsync();
            }
        }
    }

    private static async Task<int> StatusAsync(string script) => (await ProgramRun.RunAsync("bash", ["-c", script])).Status;

    private static IEnumerable<string> Commands()
    {
        string page = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "operations.md"));
        string section = page[page.IndexOf("## Security", StringComparison.Ordinal)..page.IndexOf("## Files", StringComparison.Ordinal)];
        return Block().Matches(section).SelectMany(block => block.Groups["lines"].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [GeneratedRegex("```bash\n(?<lines>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
