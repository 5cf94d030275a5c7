using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Bench.Datapath.Costs;
using Orleans.Cn2.Bench.Datapath.Network;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Lab.Namespaces;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Testing.Netns;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Bench.Datapath.WorkerProcess;

/// <summary>What the published worker takes as a process: memory of its own, and time from its start to what it said it holds.</summary>
/// <param name="Idle">MiB of anonymous memory with empty tables.</param>
/// <param name="Full">MiB with 10,000 services of 20 paths.</param>
/// <param name="Programmed">Seconds from start to the acknowledgement of all of them, connecting included.</param>
/// <param name="ProgrammedCpu">Seconds of CPU that the worker took until then, its kernel work included: of a busy machine this says more.</param>
/// <param name="Adopted">
/// Milliseconds from the start of the next process to its Hello that names all of them, taken over from the pinned maps. Packets are forwarded meanwhile as
/// before: then it takes updates.
/// </param>
/// <param name="AdoptedCpu">Milliseconds of CPU that it took until then.</param>
internal sealed record WorkerCost(double Idle, double Full, double Programmed, double ProgrammedCpu, double Adopted, double AdoptedCpu)
{
    private const int Services = 10_000;
    private const int Paths = 20;
    private const int PodsOfANode = 256;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public static async Task<WorkerCost> MeasureAsync(string binary)
    {
        string folder = Directory.CreateTempSubdirectory("cn2-bench").FullName;
        string pins = Path.Combine(folder, "bpf");
        Directory.CreateDirectory(pins);
        Execute("mount", "-t", "bpf", "bpf", pins);
        try
        {
            using TestNetwork net = new("cn2bench-worker");
            net.Add("node");
            RouteBackEnds(net);
            TableFeed feed = new();
            await using WebApplication silo = await ListenAsync(feed, Path.Combine(folder, "silo"));
            double idle = await RunAsync(binary, net, folder, async process =>
            {
                await feed.Hellos.ReadAsync().AsTask().WaitAsync(Patience);
                return Anonymous(process);
            });

            feed.Updates = [.. TableCost.Snapshots(Services, Paths)];
            double programmed = 0, programmedCpu = 0, adoptedCpu = 0;
            double full = await RunAsync(binary, net, folder, async process =>
            {
                await feed.Hellos.ReadAsync().AsTask().WaitAsync(Patience);
                await feed.Complete.WaitAsync(Patience);
                programmed = (DateTime.Now - process.StartTime).TotalSeconds;
                programmedCpu = process.TotalProcessorTime.TotalSeconds;
                return Anonymous(process);
            });

            feed.Updates = [];
            double adopted = await RunAsync(binary, net, folder, async process =>
            {
                Proto.Hello hello = await feed.Hellos.ReadAsync().AsTask().WaitAsync(Patience);
                double milliseconds = (DateTime.Now - process.StartTime).TotalMilliseconds;
                adoptedCpu = process.TotalProcessorTime.TotalMilliseconds;
                return hello.Shards.Count >= 63 ? milliseconds
                    : throw new InvalidOperationException($"the worker took over {hello.Shards.Count} shards");
            });
            return new WorkerCost(idle, full, programmed, programmedCpu, adopted, adoptedCpu);
        }
        finally
        {
            Execute("umount", pins);
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>As a CNI plugin does that routes: a prefix of 256 pods for each other node, by the address of that node on the uplink.</summary>
    private static void RouteBackEnds(TestNetwork net)
    {
        const string uplink = "eth0";
        net.Ip("node", $"link add {uplink} type veth peer name far", "link set far up", $"link set {uplink} up", $"addr add 172.16.0.1/16 dev {uplink}");
        using RtNetlink kernel = net.In("node").Run(RtNetlink.Open);
        int link = kernel.GetLink(uplink)!.Index;
        IpPrefix nodes = IpPrefix.Parse("172.16.0.0/16");
        for (int number = 0; number < Services * Paths; number += PodsOfANode)
        {
            kernel.ReplaceRoute(new Route
            {
                Destination = IpPrefix.Around(OtherServices.BackEndOf(number / Paths, number % Paths, Paths), 24),
                OutInterface = link,
                Gateway = nodes.At((UInt128)((number / PodsOfANode) + 2)),
            });
        }
    }

    private static async Task<WebApplication> ListenAsync(TableFeed feed, string socket)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(socket, endpoint => endpoint.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(feed);
        WebApplication silo = builder.Build();
        silo.MapGrpcService<TableFeed>();
        await silo.StartAsync();
        return silo;
    }

    private static async Task<double> RunAsync(string binary, TestNetwork net, string folder, Func<Process, Task<double>> measure)
    {
        ProcessStartInfo start = new("nsenter")
        {
            ArgumentList =
            {
                "--net=" + Path.Combine(NetworkNamespace.Root, net.Name("node")), "--", binary,
                "--node", "node", "--silo", "unix:" + Path.Combine(folder, "silo"), "--state", Path.Combine(folder, "state"),
                "--pin-root", Path.Combine(folder, "bpf"),
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            return await measure(process);
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw new InvalidOperationException("the worker did not do it in time: " + await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }

            await process.WaitForExitAsync();
        }
    }

    private static double Anonymous(Process process) => double.Parse(
        File.ReadLines($"/proc/{process.Id}/status").Single(line => line.StartsWith("RssAnon:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;

    private static void Execute(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: status {process.ExitCode}");
        }
    }
}
