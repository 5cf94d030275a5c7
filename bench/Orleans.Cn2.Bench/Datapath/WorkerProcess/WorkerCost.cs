using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Bench.Datapath.Costs;
using Orleans.Cn2.Lab.Namespaces;
using Orleans.Cn2.Testing.Netns;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Bench.Datapath.WorkerProcess;

/// <summary>What the published worker takes as a process: memory of its own, and time from its start to what it said it holds.</summary>
/// <param name="Idle">MiB of anonymous memory with empty tables.</param>
/// <param name="Full">MiB with 10,000 services of 20 paths.</param>
/// <param name="Programmed">Seconds from start to the acknowledgement of all of them, connecting included.</param>
/// <param name="Adopted">Milliseconds from the start of the next process to its Hello that names all of them, taken over from the pinned maps.</param>
internal sealed record WorkerCost(double Idle, double Full, double Programmed, double Adopted)
{
    private const int Services = 10_000;
    private const int Paths = 20;
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
            TableFeed feed = new();
            await using WebApplication silo = await ListenAsync(feed, Path.Combine(folder, "silo"));
            double idle = await RunAsync(binary, net, folder, async process =>
            {
                await feed.Hellos.ReadAsync().AsTask().WaitAsync(Patience);
                return Anonymous(process);
            });

            feed.Updates = [.. TableCost.Snapshots(Services, Paths)];
            double programmed = 0;
            double full = await RunAsync(binary, net, folder, async process =>
            {
                await feed.Hellos.ReadAsync().AsTask().WaitAsync(Patience);
                await feed.Complete.WaitAsync(Patience);
                programmed = (DateTime.Now - process.StartTime).TotalSeconds;
                return Anonymous(process);
            });

            feed.Updates = [];
            double adopted = await RunAsync(binary, net, folder, async process =>
            {
                Proto.Hello hello = await feed.Hellos.ReadAsync().AsTask().WaitAsync(Patience);
                double milliseconds = (DateTime.Now - process.StartTime).TotalMilliseconds;
                return hello.Shards.Count >= 63 ? milliseconds
                    : throw new InvalidOperationException($"the worker took over {hello.Shards.Count} shards");
            });
            return new WorkerCost(idle, full, programmed, adopted);
        }
        finally
        {
            Execute("umount", pins);
            Directory.Delete(folder, recursive: true);
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
