using System.Buffers.Binary;
using Orleans.Cn2.Bench.Measuring;
using Orleans.Cn2.Forwarding.Ebpf.Native;

namespace Orleans.Cn2.Bench.Datapath.Traffic;

/// <summary>
/// Sends small UDP frames out of an interface from within the kernel: an XDP program writes each frame and redirects it (BPF_PROG_TEST_RUN with live
/// frames), so that a frame costs little beside what it meets on its way. Source ports are drawn from as many as there are flows; a word of the
/// payload makes up for the port, so that the checksum holds for all.
/// </summary>
internal sealed unsafe class FrameGenerator : IDisposable
{
    private const int GetRandom = 7;
    private const int Redirect = 23;
    private const int PortOffsetV4 = 34;
    private const int PortOffsetV6 = 54;
    private const int UdpHeader = 8;
    private const uint LiveFrames = 1 << 1;
    private const int Batch = 64;
    private const int FramesPerCall = 1 << 14;

    private readonly BpfHandle _program;
    private readonly byte[] _frame;

    /// <param name="frame">A whole UDP frame with source port 0, payload word 0 and the checksum of that; a multiple of 8 bytes.</param>
    /// <param name="v6">True for IPv6.</param>
    /// <param name="interfaceIndex">Where frames leave, in the namespace of the thread that sends.</param>
    /// <param name="firstPort">Lowest source port.</param>
    /// <param name="flows">How many source ports.</param>
    public FrameGenerator(byte[] frame, bool v6, int interfaceIndex, int firstPort, int flows)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(frame.Length % 8, 0);
        _frame = frame;
        int port = v6 ? PortOffsetV6 : PortOffsetV4;
        BpfAssembler program = new BpfAssembler()
            .Copy(6, 1)
            .Load32(7, 6, 0)
            .Load32(3, 6, 4)
            .Copy(4, 7)
            .Add(4, frame.Length)
            .ReturnIfGreater(4, 3, result: 0);
        for (int at = 0; at < frame.Length; at += 8)
        {
            program.SetWide(1, BinaryPrimitives.ReadUInt64LittleEndian(frame.AsSpan(at))).Store64(7, at, 1);
        }

        program.Call(GetRandom)
            .Modulo(0, flows)
            .Add(0, firstPort)
            .ToNetwork16(0)
            .Store16(7, port, 0)
            .Xor(0, -1)
            .Store16(7, port + UdpHeader, 0)
            .Set(1, interfaceIndex)
            .Set(2, 0)
            .Call(Redirect)
            .Exit();
        _program = program.LoadXdp("cn2_generate");
    }

    /// <summary>Sends for about this long, on the calling thread. Returns how many frames, and the CPU seconds of the thread.</summary>
    public (long Frames, double CpuSeconds) Send(TimeSpan duration)
    {
        long end = Environment.TickCount64 + (long)duration.TotalMilliseconds;
        double before = CpuClock.ThreadSeconds;
        long frames = 0;
        while (Environment.TickCount64 < end)
        {
            fixed (byte* input = _frame)
            {
                TestRunAttribute attribute = new()
                {
                    Program = (uint)_program.Descriptor,
                    DataIn = input,
                    DataSizeIn = (uint)_frame.Length,
                    Repeat = FramesPerCall,
                    Flags = LiveFrames,
                    BatchSize = Batch,
                };
                if (BpfCalls.Invoke(BpfCommand.ProgramTestRun, ref attribute) < 0)
                {
                    throw BpfException.Last("BPF_PROG_TEST_RUN", "live frames");
                }
            }

            frames += FramesPerCall;
        }

        return (frames, CpuClock.ThreadSeconds - before);
    }

    public void Dispose() => _program.Dispose();
}
