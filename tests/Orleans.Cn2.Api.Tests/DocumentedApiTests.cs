using System.Diagnostics;
using System.Text.RegularExpressions;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Tests;

/// <summary>docs/api.md, line by line.</summary>
public sealed partial class DocumentedApiTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    [Fact]
    public async Task Curl_EveryDocumentedCommand_Succeeds()
    {
        string[] commands = Block("bash").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(8, commands.Length);
        foreach (string command in commands)
        {
            ProcessStartInfo start = new("bash", ["-c", command]) { RedirectStandardOutput = true };
            start.Environment["CN2"] = silo.Http;
            using Process process = Process.Start(start)!;
            string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, $"{command}: exit {process.ExitCode}: {output}");
            Assert.StartsWith("{", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task DotNet_DocumentedSnippet_ProgramsAServiceWithTwoBackEnds()
    {
        string server = silo.Grpc;

        // snippet
        using Cn2Client cn2 = Cn2Client.Connect(server);
        await cn2.Nodes.RegisterAsync(new RegisterNodeRequest
        {
            Node = new Node { Metadata = new ObjectMeta { Name = "rack2" }, Addresses = { "192.0.2.12" } },
        });
        foreach (int i in new[] { 1, 2 })
        {
            Vmi vmi = new()
            {
                Metadata = new ObjectMeta { Namespace = "store", Name = $"web-{i}", Labels = { ["app"] = "web" } },
                Node = "rack2",
                Addresses = { $"192.0.2.3{i}" },
            };
            await cn2.Vmis.RegisterAsync(new RegisterVmiRequest { Vmi = vmi });
        }

        Service service = new()
        {
            Metadata = new ObjectMeta { Namespace = "store", Name = "web" },
            Spec = new ServiceSpec { Selector = { ["app"] = "web" }, Ports = { new ServicePort { Port = 80, TargetPort = "8080" } } },
        };
        ApplyServiceResponse applied = await cn2.Services.ApplyAsync(new ApplyServiceRequest { Service = service });
        ProgrammedResponse programmed = await cn2.WaitProgrammedAsync(applied.Fence, TimeSpan.FromSeconds(10));
        // end of snippet

        Assert.True(programmed.Programmed);
        Service stored = await cn2.Services.GetAsync(new GetServiceRequest { Namespace = "store", Name = "web" }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(2, stored.Status.ReadyEndpoints);
        Assert.Equal(["store/web-1", "store/web-2"], stored.Status.FloatingIps[0].Interfaces.Order());
    }

    [Fact]
    public void DotNet_DocumentedSnippet_IsTheOneThatRuns()
    {
        string source = File.ReadAllText(Path.Combine(Root, "tests", "Orleans.Cn2.Api.Tests", "DocumentedApiTests.cs"));
        string ran = Snippet().Match(source).Groups[1].Value;

        Assert.Equal(Normal(Block("csharp")), Normal(ran));
    }

    private static string Root
    {
        get
        {
            DirectoryInfo? directory = new(AppContext.BaseDirectory);
            while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Orleans.Cn2.sln")))
            {
                directory = directory.Parent;
            }

            return directory!.FullName;
        }
    }

    private static string Block(string language)
    {
        string page = File.ReadAllText(Path.Combine(Root, "docs", "api.md"));
        return Regex.Match(page, $"```{language}\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
    }

    private static string Normal(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    [GeneratedRegex(@"// snippet\n(.*?)// end of snippet", RegexOptions.Singleline)]
    private static partial Regex Snippet();
}
