namespace Orleans.Cn2.Forwarding.Ebpf.Native;

/// <summary>BPF_PROG_TEST_RUN: runs a program once on a frame in memory, or a SYSCALL program on its argument.</summary>
internal static unsafe class TestRun
{
    /// <summary>Result of a run on a frame.</summary>
    /// <param name="ReturnValue">What the program returned; any redirect shows as 7.</param>
    /// <param name="Length">Bytes of the frame afterwards.</param>
    /// <param name="Nanoseconds">Mean time of a repeat by the kernel's clock.</param>
    internal readonly record struct FrameResult(int ReturnValue, int Length, uint Nanoseconds);

    /// <summary>Runs a traffic control program. The context carries cb and the interface in, and what the run left out.</summary>
    internal static FrameResult OnFrame(BpfHandle program, ReadOnlySpan<byte> frame, Span<byte> output, ref SkBuff context, int repeat = 1)
    {
        fixed (byte* input = frame, result = output)
        fixed (SkBuff* buffer = &context)
        {
            TestRunAttribute attribute = new()
            {
                Program = (uint)program.Descriptor,
                DataIn = input,
                DataSizeIn = (uint)frame.Length,
                DataOut = result,
                DataSizeOut = (uint)output.Length,
                Repeat = (uint)repeat,
                ContextIn = buffer,
                ContextSizeIn = (uint)sizeof(SkBuff),
                ContextOut = buffer,
                ContextSizeOut = (uint)sizeof(SkBuff),
            };
            return BpfCalls.Invoke(BpfCommand.ProgramTestRun, ref attribute) < 0
                ? throw BpfException.Last("BPF_PROG_TEST_RUN", $"frame of {frame.Length} bytes")
                : new FrameResult((int)attribute.ReturnValue, (int)attribute.DataSizeOut, attribute.Duration);
        }
    }

    /// <summary>Runs a SYSCALL program on its argument, which it may change.</summary>
    internal static void OnArgument<T>(BpfHandle program, ref T argument)
        where T : unmanaged
    {
        fixed (T* pointer = &argument)
        {
            TestRunAttribute attribute = new() { Program = (uint)program.Descriptor, ContextIn = pointer, ContextSizeIn = (uint)sizeof(T) };
            if (BpfCalls.Invoke(BpfCommand.ProgramTestRun, ref attribute) < 0)
            {
                throw BpfException.Last("BPF_PROG_TEST_RUN", typeof(T).Name);
            }
        }
    }
}
