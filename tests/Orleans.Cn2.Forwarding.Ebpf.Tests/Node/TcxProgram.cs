using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Node;

/// <summary>A program that lets every packet pass, attached by TCX: somebody else's, as far as the product is concerned.</summary>
internal sealed partial class TcxProgram : IDisposable
{
    private const long BpfCallX64 = 321;
    private const long BpfCallOthers = 280;
    private const int ProgramLoad = 5;
    private const int InfoByDescriptor = 15;
    private const int LinkCreate = 28;
    private const int SchedulerClassifier = 3;
    private const int AttributeSize = 128;

    private readonly SafeFileHandle _program;
    private readonly SafeFileHandle _link;

    private TcxProgram(SafeFileHandle program, SafeFileHandle link, uint id) => (_program, _link, Id) = (program, link, id);

    internal uint Id { get; }

    internal static unsafe TcxProgram Attach(int linkIndex, bool ingress)
    {
        ulong[] code = [0xffffffff_000000b7, 0x95]; // r0 = -1 (TCX_NEXT); exit
        byte[] license = [.. "GPL\0"u8];
        fixed (ulong* instructions = code)
        fixed (byte* words = license)
        {
            uint* attributes = stackalloc uint[AttributeSize / 4];
            (attributes[0], attributes[1]) = (SchedulerClassifier, 2);
            ((ulong*)attributes)[1] = (ulong)instructions;
            ((ulong*)attributes)[2] = (ulong)words;
            SafeFileHandle program = new((nint)Call(ProgramLoad, attributes), ownsHandle: true);

            byte* info = stackalloc byte[256];
            new Span<byte>(info, 256).Clear();
            new Span<byte>(attributes, AttributeSize).Clear();
            (attributes[0], attributes[1]) = ((uint)program.DangerousGetHandle(), 256);
            ((ulong*)attributes)[1] = (ulong)info;
            Call(InfoByDescriptor, attributes);

            new Span<byte>(attributes, AttributeSize).Clear();
            (attributes[0], attributes[1], attributes[2]) = ((uint)program.DangerousGetHandle(), (uint)linkIndex, ingress ? 46u : 47u);
            return new TcxProgram(program, new SafeFileHandle((nint)Call(LinkCreate, attributes), ownsHandle: true), ((uint*)info)[1]);
        }
    }

    public void Dispose()
    {
        _link.Dispose();
        _program.Dispose();
    }

    private static unsafe long Call(long command, void* attributes)
    {
        long number = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? BpfCallX64 : BpfCallOthers;
        long result = Bpf(number, command, attributes, AttributeSize);
        return result >= 0 ? result : throw new InvalidOperationException($"bpf({command}): errno {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial long Bpf(long number, long command, void* attributes, uint size);
}
