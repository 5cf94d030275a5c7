using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.LabGlue;

/// <summary>
/// The silo of a lab: a process of its own that outlives this one, on the embedded store in the lab's directory. It listens on a unix domain
/// socket, which workers reach from inside the nodes' network namespaces.
/// </summary>
internal static class LabSilo
{
    private const string ProcessFile = "silo.process";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);

    /// <summary>The control plane's address for a lab in this directory.</summary>
    public static string ServerOf(string labDirectory) => "unix:" + Path.Combine(labDirectory, "silo.sock");

    /// <summary>File with the address that serves JSON and metrics.</summary>
    public static string HttpFile(string labDirectory) => Path.Combine(labDirectory, "silo.http");

    /// <summary>Starts the silo and waits until it serves.</summary>
    /// <exception cref="CommandException">It ended or does not serve in time; names its log.</exception>
    public static async Task StartAsync(string labDirectory, string serviceCidrs, CancellationToken cancellation)
    {
        string log = Path.Combine(labDirectory, "silo.log");
        string http = $"127.0.0.1:{FreePort()}";
        ProcessStartInfo start = new("setsid");
        string[] arguments =
        [
            "/bin/sh", "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", log,
            Binaries.Find(Binaries.Silo),
            "--data", Path.Combine(labDirectory, "data"),
            "--grpc", ServerOf(labDirectory),
            "--http", http,
            "--service-cidrs", serviceCidrs,
            "--name", "lab",
            "--silo-port", FreePort().ToString(CultureInfo.InvariantCulture),
            "--gateway-port", FreePort().ToString(CultureInfo.InvariantCulture),
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start) ?? throw new CommandException(ExitCodes.CannotRun, "setsid can't be started");
        await File.WriteAllTextAsync(
            Path.Combine(labDirectory, ProcessFile), process.Id.ToString(CultureInfo.InvariantCulture), cancellation).ConfigureAwait(false);
        await File.WriteAllTextAsync(HttpFile(labDirectory), $"http://{http}", cancellation).ConfigureAwait(false);
        await WaitAsync(process, ServerOf(labDirectory), log, cancellation).ConfigureAwait(false);
    }

    /// <summary>Ends the silo of a lab, gracefully first; nothing happens when none runs.</summary>
    public static async Task StopAsync(string labDirectory)
    {
        string file = Path.Combine(labDirectory, ProcessFile);
        if (!File.Exists(file) || !int.TryParse(await File.ReadAllTextAsync(file).ConfigureAwait(false), out int pid) || !IsSilo(pid))
        {
            return;
        }

        using Process process = Process.GetProcessById(pid);
        using (Process term = Process.Start("kill", ["-TERM", pid.ToString(CultureInfo.InvariantCulture)]))
        {
            await term.WaitForExitAsync().ConfigureAwait(false);
        }

        using CancellationTokenSource limit = new(StopLimit);
        try
        {
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
        }
    }

    private static async Task WaitAsync(Process process, string server, string log, CancellationToken cancellation)
    {
        using Cn2Client client = Cn2Client.Connect(server);
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            if (process.HasExited)
            {
                throw new CommandException(ExitCodes.Unavailable, $"the silo ended with status {process.ExitCode}: see {log}");
            }

            try
            {
                StatusResponse status = await client.Diagnostics.StatusAsync(
                    new StatusRequest(), deadline: DateTime.UtcNow.AddSeconds(5), cancellationToken: cancellation);
                if (status.ShardsReady == 64)
                {
                    return;
                }
            }
            catch (RpcException starting) when (Stopwatch.GetElapsedTime(began) < StartLimit && starting.StatusCode != StatusCode.Cancelled)
            {
                // Not listening yet, or its grains are starting.
                await Task.Delay(20, cancellation).ConfigureAwait(false);
                continue;
            }

            if (Stopwatch.GetElapsedTime(began) > StartLimit)
            {
                throw new CommandException(ExitCodes.Unavailable, $"the silo is not ready after {StartLimit.TotalSeconds} s: see {log}");
            }

            await Task.Delay(20, cancellation).ConfigureAwait(false);
        }
    }

    // The id may have been given to another process since.
    private static bool IsSilo(int pid)
    {
        string path = $"/proc/{pid}/cmdline";
        return File.Exists(path) && File.ReadAllText(path).Contains(Binaries.Silo, StringComparison.Ordinal);
    }

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
