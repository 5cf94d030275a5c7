using System.Runtime.InteropServices;

namespace Orleans.Cn2.Forwarding.Ebpf.Node.Delivery;

/// <summary>Lists the TCX programs of an interface by BPF_PROG_QUERY (Linux 6.6).</summary>
internal static partial class TcxReader
{
    private const int ProgramQuery = 16;
    private const int MaxPrograms = 64; // BPF_MPROG_MAX
    private const int NoDevice = 19;
    private const int InvalidArgument = 22;
    private const uint TcxIngress = 46;
    private const uint TcxEgress = 47;

    /// <summary>The ids in the order they run.</summary>
    /// <exception cref="IOException">The kernel refused the query.</exception>
    internal static IEnumerable<(string Direction, uint ProgramId)> Read(int linkIndex)
    {
        foreach (uint id in Read(linkIndex, TcxIngress))
        {
            yield return ("ingress", id);
        }

        foreach (uint id in Read(linkIndex, TcxEgress))
        {
            yield return ("egress", id);
        }
    }

    private static unsafe uint[] Read(int linkIndex, uint attachType)
    {
        uint[] ids = new uint[MaxPrograms];
        fixed (uint* first = ids)
        {
            QueryAttributes attributes = new()
            {
                TargetInterface = (uint)linkIndex,
                AttachType = attachType,
                ProgramIds = (ulong)first,
                Count = MaxPrograms,
            };
            if (Bpf(BpfCall, ProgramQuery, ref attributes, (uint)sizeof(QueryAttributes)) < 0)
            {
                int errno = Marshal.GetLastPInvokeError();
                if (errno is NoDevice or InvalidArgument)
                {
                    return []; // The interface went meanwhile, and its programs with it; or the kernel has no TCX.
                }

                throw new IOException($"bpf(BPF_PROG_QUERY, {linkIndex}): {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})");
            }

            return ids[..(int)attributes.Count];
        }
    }

    /// <summary>The number of the bpf system call.</summary>
    private static long BpfCall => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 321,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 280,
        Architecture other => throw new PlatformNotSupportedException($"bpf(2) on {other}"),
    };

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long Bpf(long number, long command, ref QueryAttributes attributes, uint size);

    /// <summary>The query part of union bpf_attr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct QueryAttributes
    {
        internal uint TargetInterface;
        internal uint AttachType;
        internal uint QueryFlags;
        internal uint AttachFlags;
        internal ulong ProgramIds;
        internal uint Count;
        internal uint Padding;
        internal ulong ProgramAttachFlags;
        internal ulong LinkIds;
        internal ulong LinkAttachFlags;
        internal ulong Revision;
    }
}
