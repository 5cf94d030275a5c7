using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Client;
using Orleans.Cn2.Lab;
using Orleans.Cn2.Lab.Databases;
using Orleans.Cn2.Lab.Processes;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.LabGlue;

/// <summary>
/// The silos of a lab: processes of their own that outlive this one, one on the embedded store in the lab's directory or several on a PostgreSQL server there.
/// Each listens on a unix domain socket, which workers reach from inside the nodes' network namespaces.
/// </summary>
internal static class LabSilo
{
    /// <summary>Most silos of a lab.</summary>
    public const int MostSilos = 9;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    /// <summary>Addresses of the control plane of a lab with that many silos, with commas between.</summary>
    public static string ServerOf(string labDirectory, int silos) => string.Join(',', Enumerable.Range(1, silos).Select(number => AddressOf(labDirectory, number)));

    /// <summary>Addresses of the control plane that runs in this directory.</summary>
    public static string ServerOf(string labDirectory) => ServerOf(labDirectory, Math.Max(1, Enumerable.Range(1, MostSilos).Count(number => File.Exists(SocketOf(labDirectory, number)))));

    /// <summary>File with the address that serves JSON and metrics; of several silos the first's.</summary>
    public static string HttpFile(string labDirectory) => Path.Combine(labDirectory, "silo.http");

    /// <summary>Starts the silos and waits until they serve.</summary>
    /// <exception cref="CommandException">One ended or does not serve in time; names its log.</exception>
    public static async Task StartAsync(string labDirectory, int silos, string serviceCidrs, CancellationToken cancellation)
    {
        string[] store = ["--data", Path.Combine(labDirectory, "data")];
        if (silos > 1)
        {
            string directory = LabCluster.DatabaseOf(labDirectory);
            await PostgresProcess.StartAsync(directory, cancellation).ConfigureAwait(false);
            store = ["--store", "postgres", "--store-connection", PostgresProcess.ConnectionStringOf(directory)];
        }

        await Task.WhenAll(Enumerable.Range(1, silos).Select(number => StartAsync(labDirectory, number, store, serviceCidrs, cancellation))).ConfigureAwait(false);
    }

    private static string AddressOf(string labDirectory, int number) => "unix:" + SocketOf(labDirectory, number);

    private static string SocketOf(string labDirectory, int number) => Path.Combine(labDirectory, $"{NameOf(number)}.sock");

    private static string NameOf(int number) => number == 1 ? "silo" : string.Create(CultureInfo.InvariantCulture, $"silo-{number}");

    private static async Task StartAsync(string labDirectory, int number, string[] store, string serviceCidrs, CancellationToken cancellation)
    {
        string log = Path.Combine(labDirectory, $"{NameOf(number)}.log");
        string server = AddressOf(labDirectory, number);
        int[] ports = FreePorts.Take(3);
        string http = $"127.0.0.1:{ports[0]}";
        ProcessStartInfo start = new("setsid");
        string[] arguments =
        [
            "/bin/sh", "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", log,
            Binaries.Find(Binaries.Silo),
            .. store,
            "--grpc", server,
            "--http", http,
            "--service-cidrs", serviceCidrs,
            "--name", NameOf(number),
            "--silo-port", ports[1].ToString(CultureInfo.InvariantCulture),
            "--gateway-port", ports[2].ToString(CultureInfo.InvariantCulture),
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // It lives in no namespace of the lab: by this mark the lab's removal finds it.
        start.Environment[LabCluster.ProcessMark] = labDirectory;
        using Process process = Process.Start(start) ?? throw new CommandException(ExitCodes.CannotRun, "setsid can't be started");
        if (number == 1)
        {
            await File.WriteAllTextAsync(HttpFile(labDirectory), $"http://{http}", cancellation).ConfigureAwait(false);
        }

        await WaitAsync(process, server, log, cancellation).ConfigureAwait(false);
    }

    private static async Task WaitAsync(Process process, string server, string log, CancellationToken cancellation)
    {
        using Cn2Client client = Cn2Client.Connect(server);
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            if (process.HasExited)
            {
                throw new CommandException(ExitCodes.Unavailable, $"the silo ended with status {process.ExitCode}: {File.ReadLines(log).LastOrDefault()}");
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
}
