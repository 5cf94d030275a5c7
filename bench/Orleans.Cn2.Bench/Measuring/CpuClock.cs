using System.Globalization;
using System.Runtime.InteropServices;

namespace Orleans.Cn2.Bench.Measuring;

/// <summary>
/// CPU time, which a busy neighbour does not change as it changes wall-clock time. Where the kernel does not account interrupts apart
/// (IRQ_TIME_ACCOUNTING off), a thread's clock includes the softirqs that ran on its back; what they left goes to ksoftirqd.
/// </summary>
internal static unsafe partial class CpuClock
{
    private const int ProcessClock = 2;
    private const int ThreadClock = 3;
    private const double TicksPerSecond = 100;

    /// <summary>CPU seconds of the calling thread.</summary>
    public static double ThreadSeconds => Read(ThreadClock);

    /// <summary>CPU seconds of all threads of this process.</summary>
    public static double ProcessSeconds => Read(ProcessClock);

    /// <summary>CPU seconds of the kernel threads that work off softirqs, by ticks of 10 ms.</summary>
    public static double SoftirqSeconds()
    {
        double ticks = 0;
        foreach (string task in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
        {
            string stat;
            try
            {
                stat = File.ReadAllText(Path.Combine(task, "stat"));
            }
            catch (IOException)
            {
                // Ended since it was listed.
                continue;
            }

            int end = stat.LastIndexOf(')');
            if (stat.AsSpan(stat.IndexOf('(') + 1).StartsWith("ksoftirqd/"))
            {
                string[] fields = stat[(end + 2)..].Split(' ');
                ticks += double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture);
            }
        }

        return ticks / TicksPerSecond;
    }

    /// <summary>Keeps the calling thread on one CPU.</summary>
    public static void PinThread(int cpu)
    {
        ulong mask = 1ul << cpu;
        if (SetAffinity(0, sizeof(ulong), &mask) != 0)
        {
            throw new InvalidOperationException($"sched_setaffinity to CPU {cpu}: errno {Marshal.GetLastPInvokeError()}");
        }
    }

    private static double Read(int clock)
    {
        long* time = stackalloc long[2];
        _ = GetTime(clock, time);
        return time[0] + (time[1] / 1e9);
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, long* secondsAndNanoseconds);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    private static partial int SetAffinity(int thread, nint size, ulong* mask);
}
