using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Orleans.Cn2.Forwarding.Ebpf.Attach;

namespace Orleans.Cn2.Forwarding.Ebpf.Native;

/// <summary>What this kernel can do, found by trying it.</summary>
internal static class KernelProbe
{
    private const int CallChecksumReplace = 11;
    private const int PseudoHeader = 1 << 4;
    private const int ForIpv6 = 1 << 7;
    private const int FrameLength = 74;

    private const string Release = "/proc/sys/kernel/osrelease";

    /// <summary>Kernel version as in uname -r. .NET tells the distribution's name, and knows no version where that is all.</summary>
    internal static string Version => File.Exists(Release) ? $"Linux {File.ReadAllText(Release).Trim()}" : RuntimeInformation.OSDescription;

    /// <summary>How programs are attached on this kernel; refuses one without BPF for this process, or without TCX where that is asked for.</summary>
    /// <exception cref="ForwardingUnavailableException">The message names the kernel and what it lacks.</exception>
    internal static AttachKind Require(AttachKind wanted)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new ForwardingUnavailableException($"the eBPF engine needs Linux, this is {Version}");
        }

        try
        {
            using BpfHandle program = LoadReturnZero();
            return wanted == AttachKind.Clsact || HasTcx(program) ? wanted == AttachKind.Auto ? AttachKind.Tcx : wanted
                : wanted == AttachKind.Auto ? AttachKind.Clsact
                : throw new ForwardingUnavailableException($"the kernel has no TCX: 6.6 or later is needed, this is {Version}; --attach clsact does without");
        }
        catch (BpfException refused) when (refused.Errno is LinuxCalls.NotPermitted or LinuxCalls.AccessDenied)
        {
            throw new ForwardingUnavailableException($"bpf(2) is refused: root, or CAP_BPF and CAP_NET_ADMIN, are needed ({Version}); where BPF is not to be had --engine managed does without", refused);
        }
        catch (BpfException refused) when (refused.Errno is LinuxCalls.NoSystemCall)
        {
            throw new ForwardingUnavailableException($"the kernel has no BPF (CONFIG_BPF_SYSCALL), this is {Version}; --engine managed does without", refused);
        }
    }

    /// <summary>True when bpf_l4_csum_replace takes BPF_F_IPV6 (Linux 6.16 and some stable kernels).</summary>
    internal static bool KnowsIpv6Checksums()
    {
        byte[] code = Assemble(
            (0xb7, 2, 0, 60), (0xb7, 3, 0, 0), (0xb7, 4, 0, 0), (0xb7, 5, 0, PseudoHeader | ForIpv6), (0x85, 0, 0, CallChecksumReplace), (0x95, 0, 0, 0));
        using BpfHandle program = BpfCalls.LoadProgram("cn2_probe", BpfProgramType.TrafficControl, code);
        byte[] frame = new byte[FrameLength];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), 0x86dd);
        frame[14] = 0x60;
        SkBuff context = default;
        return TestRun.OnFrame(program, frame, new byte[256], ref context).ReturnValue == 0;
    }

    private static BpfHandle LoadReturnZero() =>
        BpfCalls.LoadProgram("cn2_probe", BpfProgramType.TrafficControl, Assemble((0xb7, 0, 0, 0), (0x95, 0, 0, 0)));

    // An interface that can't be: a kernel with TCX says ENODEV, one without knows no such attach type and says EINVAL.
    private static bool HasTcx(BpfHandle program)
    {
        try
        {
            BpfCalls.AttachTcx(program, int.MaxValue, BpfAttachType.TcxIngress).Dispose();
            return true;
        }
        catch (BpfException refused) when (refused.Errno is LinuxCalls.NoDevice or LinuxCalls.InvalidArgument)
        {
            return refused.Errno == LinuxCalls.NoDevice;
        }
    }

    private static byte[] Assemble(params ReadOnlySpan<(int Code, int Destination, int Offset, int Immediate)> instructions)
    {
        byte[] code = new byte[instructions.Length * 8];
        for (int i = 0; i < instructions.Length; i++)
        {
            Span<byte> at = code.AsSpan(i * 8);
            at[0] = (byte)instructions[i].Code;
            at[1] = (byte)instructions[i].Destination;
            BinaryPrimitives.WriteInt16LittleEndian(at[2..], (short)instructions[i].Offset);
            BinaryPrimitives.WriteInt32LittleEndian(at[4..], instructions[i].Immediate);
        }

        return code;
    }
}
