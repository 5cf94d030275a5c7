using System.Buffers.Binary;
using Orleans.Cn2.Forwarding.Ebpf.Native;

namespace Orleans.Cn2.Bench.Datapath.Traffic;

/// <summary>Writes the few BPF programs that a measurement needs (Linux Documentation/bpf/standardization/instruction-set.rst).</summary>
internal sealed class BpfAssembler
{
    private const BpfProgramType Xdp = (BpfProgramType)6;
    private readonly List<byte> _code = [];

    /// <summary>Instructions so far.</summary>
    public int Count => _code.Count / 8;

    /// <summary>to = value of 32 bits, sign-extended.</summary>
    public BpfAssembler Set(int to, int value) => Emit(0xb7, to, 0, 0, value);

    /// <summary>to = 64-bit value.</summary>
    public BpfAssembler SetWide(int to, ulong value) => Emit(0x18, to, 0, 0, (int)(uint)value).Emit(0, 0, 0, 0, (int)(value >> 32));

    public BpfAssembler Copy(int to, int from) => Emit(0xbf, to, from, 0, 0);

    public BpfAssembler Add(int to, int value) => Emit(0x07, to, 0, 0, value);

    /// <summary>32-bit remainder.</summary>
    public BpfAssembler Modulo(int to, int value) => Emit(0x94, to, 0, 0, value);

    public BpfAssembler Xor(int to, int value) => Emit(0xa7, to, 0, 0, value);

    /// <summary>The low 16 bits of a register in network order.</summary>
    public BpfAssembler ToNetwork16(int register) => Emit(0xdc, register, 0, 0, 16);

    public BpfAssembler Load32(int to, int from, int offset) => Emit(0x61, to, from, offset, 0);

    public BpfAssembler Store16(int to, int offset, int from) => Emit(0x6b, to, from, offset, 0);

    public BpfAssembler Store64(int to, int offset, int from) => Emit(0x7b, to, from, offset, 0);

    /// <summary>Leaves with <paramref name="result"/> when left is greater than right, unsigned.</summary>
    public BpfAssembler ReturnIfGreater(int left, int right, int result) => Emit(0xbd, left, right, 2, 0).Set(0, result).Exit();

    public BpfAssembler Call(int helper) => Emit(0x85, 0, 0, 0, helper);

    public BpfAssembler Exit() => Emit(0x95, 0, 0, 0, 0);

    public BpfHandle LoadXdp(string name) => BpfCalls.LoadProgram(name, Xdp, [.. _code]);

    public BpfHandle LoadTrafficControl(string name) => BpfCalls.LoadProgram(name, BpfProgramType.TrafficControl, [.. _code]);

    private BpfAssembler Emit(byte operation, int to, int from, int offset, int value)
    {
        Span<byte> instruction = stackalloc byte[8];
        instruction[0] = operation;
        instruction[1] = (byte)(to | (from << 4));
        BinaryPrimitives.WriteInt16LittleEndian(instruction[2..], (short)offset);
        BinaryPrimitives.WriteInt32LittleEndian(instruction[4..], value);
        _code.AddRange(instruction);
        return this;
    }
}
