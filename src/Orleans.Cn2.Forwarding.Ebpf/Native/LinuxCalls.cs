using System.Runtime.InteropServices;

namespace Orleans.Cn2.Forwarding.Ebpf.Native;

/// <summary>The system calls of this folder. Each sets errno.</summary>
internal static unsafe partial class LinuxCalls
{
    internal const int NoEntry = 2;
    internal const int Interrupted = 4;
    internal const int Again = 11;
    internal const int AccessDenied = 13;
    internal const int NotPermitted = 1;
    internal const int Exists = 17;
    internal const int InvalidArgument = 22;
    internal const int NoSpace = 28;
    internal const int TooBig = 7;
    internal const int NoDevice = 19;
    internal const int NoSystemCall = 38;

    internal const int ProtectReadWrite = 3;
    internal const int MapShared = 1;
    internal const int LockExclusive = 2;
    internal const int LockWithoutWait = 4;
    internal const int LockNone = 8;
    internal const int OpenDirectory = 0x10000 | 0x80000;
    internal const int ClockMonotonicCoarse = 6;

    private static readonly nint BpfNumber = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 321,
        Architecture.Arm64 => 280,
        Architecture other => throw new PlatformNotSupportedException($"bpf(2) has no number here for {other}"),
    };

    private static readonly nint MembarrierNumber = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 283 : 324;

    internal static int Bpf(int command, void* attribute, int size) => (int)Call(BpfNumber, command, (nint)attribute, size);

    internal static int Membarrier(int command) => (int)Call(MembarrierNumber, command, 0, 0);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, nint first, nint second, nint third);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    internal static partial nint Map(nint address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    internal static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    internal static partial int Lock(int descriptor, int operation);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    internal static partial int GetTime(int clock, long* secondsAndNanoseconds);

    /// <summary>The clock that the programs stamp flows with, in ns.</summary>
    internal static ulong CoarseNanoseconds()
    {
        long* time = stackalloc long[2];
        _ = GetTime(ClockMonotonicCoarse, time);
        return ((ulong)time[0] * 1_000_000_000) + (ulong)time[1];
    }
}
