using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Netlink;

/// <summary>A network namespace of this test process, removed with it.</summary>
internal sealed partial class TestNamespace : IDisposable
{
    private const int NewNetwork = 0x40000000;
    private static readonly ConcurrentDictionary<string, bool> Alive = [];
    private static int s_count;

    static TestNamespace() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (string name in Alive.Keys)
        {
            Run("ip", $"netns del {name}");
        }
    };

    internal TestNamespace()
    {
        Name = $"netlink-{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}";
        Alive[Name] = true;
        Run("ip", $"netns add {Name}");
        Ip("link set lo up");
    }

    internal string Name { get; }

    internal string Path => $"/var/run/netns/{Name}";

    /// <summary>Runs ip in this namespace.</summary>
    internal string Ip(string arguments) => Run("ip", $"-n {Name} {arguments}");

    /// <summary>Runs a program in this namespace.</summary>
    internal string Exec(string arguments) => Run("ip", $"netns exec {Name} {arguments}");

    /// <summary>Runs nft in this namespace with a ruleset.</summary>
    internal void Nft(string ruleset) => Run("ip", $"netns exec {Name} nft -f -", ruleset);

    /// <summary>Runs code on a thread of its own in this namespace; the thread ends with it.</summary>
    internal T In<T>(Func<T> work)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                using SafeFileHandle handle = File.OpenHandle(Path);
                if (SetNamespace(handle, NewNetwork) != 0)
                {
                    throw new InvalidOperationException($"setns {Name}: errno {Marshal.GetLastPInvokeError()} (root is needed)");
                }

                result = work();
            }
            catch (Exception thrown)
            {
                failure = ExceptionDispatchInfo.Capture(thrown);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    internal void In(Action work) => In(() =>
    {
        work();
        return true;
    });

    public void Dispose()
    {
        if (Alive.TryRemove(Name, out _))
        {
            Run("ip", $"netns del {Name}");
        }
    }

    private static string Run(string program, string arguments, string input = "")
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{program} {arguments}: {errors.GetAwaiter().GetResult()}");
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeFileHandle descriptor, int type);
}
