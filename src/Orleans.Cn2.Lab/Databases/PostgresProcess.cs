using System.Diagnostics;
using System.Globalization;
using Orleans.Cn2.Lab.Processes;
using Orleans.Cn2.Lab.Requirements;

namespace Orleans.Cn2.Lab.Databases;

/// <summary>
/// A PostgreSQL server of its own in a directory, reached by a unix socket there and by nothing else. It outlives this process. PostgreSQL refuses to run as
/// root: for root it runs as its package's user, to whom the directory is given.
/// </summary>
public sealed class PostgresProcess
{
    private const string User = "cn2";
    private const string Owner = "postgres";
    private const int Interrupt = 2;
    private const int Quit = 3;
    private const int Stop = 19;
    private const int Continue = 18;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);
    private readonly string _directory;
    private readonly ProcessHandle _process;

    private PostgresProcess(string directory, ProcessHandle process) => (_directory, _process) = (directory, process);

    private static string DataOf(string directory) => Path.Combine(directory, "data");

    private static string PidFileOf(string directory) => Path.Combine(DataOf(directory), "postmaster.pid");

    /// <summary>How a client on this machine connects.</summary>
    /// <param name="directory">The server's directory.</param>
    /// <param name="database">A database of the server.</param>
    public static string ConnectionStringOf(string directory, string database = "postgres") => $"Host={directory};Username={User};Database={database}";

    /// <summary>Starts the server, which is made first when the directory has none, and waits until it accepts connections.</summary>
    /// <exception cref="LabException">PostgreSQL is not installed, or it does not start; names its log.</exception>
    public static async Task<PostgresProcess> StartAsync(string directory, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        string log = Path.Combine(directory, "postgres.log");
        if (!Directory.Exists(DataOf(directory)))
        {
            if (Environment.IsPrivilegedProcess)
            {
                await RunAsync("chown", [Owner, directory], log, cancellationToken).ConfigureAwait(false);
            }

            string[] make = ["-D", DataOf(directory), "-U", User, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
            (string initdb, string[] makeArguments) = AsOwner("initdb", make);
            await RunAsync(initdb, makeArguments, log, cancellationToken).ConfigureAwait(false);
        }

        (string program, string[] arguments) = AsOwner("postgres", ["-D", DataOf(directory), "-k", directory, "-c", "listen_addresses=", "-c", "max_connections=60"]);
        ProcessStartInfo start = new("setsid", ["/bin/sh", "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", log, program, .. arguments]);
        using Process process = Process.Start(start) ?? throw new LabException("setsid can't be started");
        PostgresProcess server = new(directory, ProcessHandle.Of(process.Id) ?? throw Failed(log));
        try
        {
            await server.WaitAsync(log, cancellationToken).ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.KillAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The server that runs in a directory; null when none does.</summary>
    public static PostgresProcess? Find(string directory) =>
        File.Exists(PidFileOf(directory))
        && int.TryParse(File.ReadLines(PidFileOf(directory)).FirstOrDefault(), out int pid)
        && ProcessHandle.Of(pid) is { IsRunning: true } process
        && File.ReadAllText($"/proc/{pid}/cmdline").Split('\0').Contains(DataOf(directory))
            ? new PostgresProcess(directory, process)
            : null;

    /// <summary>How a client on this machine connects.</summary>
    public string ConnectionString(string database = "postgres") => ConnectionStringOf(_directory, database);

    /// <summary>Ends connections and the server in an orderly way.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => EndAsync(Interrupt, cancellationToken);

    /// <summary>Ends it at once, as a crash would: it recovers at the next start.</summary>
    public Task KillAsync(CancellationToken cancellationToken) => EndAsync(Quit, cancellationToken);

    /// <summary>Freezes all of its processes (SIGSTOP).</summary>
    public void Freeze() => SignalAll(Stop);

    /// <summary>Ends <see cref="Freeze"/>.</summary>
    public void Thaw() => SignalAll(Continue);

    private async Task EndAsync(int signal, CancellationToken cancellationToken)
    {
        Thaw();
        _process.Signal(signal);
        if (!await _process.WaitAsync(StopLimit, cancellationToken).ConfigureAwait(false))
        {
            await _process.KillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // Each backend is a child in a session of its own.
    private void SignalAll(int signal)
    {
        _process.Signal(signal);
        foreach (int child in ProcessHandle.Children(_process.Pid))
        {
            ProcessHandle.Of(child)?.Signal(signal);
        }
    }

    private async Task WaitAsync(string log, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        while (!File.Exists(PidFileOf(_directory)) || !(await ReadPidFileAsync(cancellationToken).ConfigureAwait(false)).Contains("ready", StringComparison.Ordinal))
        {
            if (!_process.IsRunning || Stopwatch.GetElapsedTime(began) > StartLimit)
            {
                throw Failed(log);
            }

            await Task.Delay(10, cancellationToken).ConfigureAwait(false);
        }
    }

    // The server's last line of the file says how far it is.
    private Task<string> ReadPidFileAsync(CancellationToken cancellationToken) => File.ReadAllTextAsync(PidFileOf(_directory), cancellationToken);

    private static LabException Failed(string log) =>
        new($"PostgreSQL does not start: {(File.Exists(log) ? File.ReadLines(log).LastOrDefault() : null)} (log: {log})");

    private static (string Program, string[] Arguments) AsOwner(string name, string[] arguments)
    {
        string program = Program(name);
        return Environment.IsPrivilegedProcess
            ? ("setpriv", [$"--reuid={Owner}", $"--regid={Owner}", "--clear-groups", program, .. arguments])
            : (program, arguments);
    }

    private static string Program(string name)
    {
        const string packages = "/usr/lib/postgresql";
        IEnumerable<string> versions = Directory.Exists(packages) ? Directory.EnumerateDirectories(packages) : [];
        return versions
            .OrderByDescending(version => int.TryParse(Path.GetFileName(version), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0)
            .Select(version => Path.Combine(version, "bin", name))
            .FirstOrDefault(File.Exists)
            ?? LabRequirements.Find(name)
            ?? throw new LabException($"the program '{name}' isn't installed; on Debian and Ubuntu: apt-get install postgresql");
    }

    private static async Task RunAsync(string program, string[] arguments, string log, CancellationToken cancellationToken)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" })
            ?? throw new LabException($"{program} can't be started");
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.StandardOutput.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            await File.AppendAllTextAsync(log, await errors.ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            throw Failed(log);
        }
    }
}
