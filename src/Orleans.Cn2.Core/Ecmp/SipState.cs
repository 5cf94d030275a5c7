using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Orleans.Cn2.Core.Ecmp;

/// <summary>The four words of SipHash (Aumasson and Bernstein, 2012) and the steps that its variants share.</summary>
internal struct SipState
{
    private ulong _v0;
    private ulong _v1;
    private ulong _v2;
    private ulong _v3;

    /// <summary>The initial state of a 128-bit key: low half k0, high half k1.</summary>
    public SipState(UInt128 key)
    {
        ulong k0 = (ulong)key;
        ulong k1 = (ulong)(key >> 64);
        _v0 = k0 ^ 0x736f6d6570736575;
        _v1 = k1 ^ 0x646f72616e646f6d;
        _v2 = k0 ^ 0x6c7967656e657261;
        _v3 = k1 ^ 0x7465646279746573;
    }

    /// <summary>Absorbs a whole message: its words, then the rest with the length in the top byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Absorb(ReadOnlySpan<byte> message, int rounds)
    {
        ulong last = (ulong)message.Length << 56;
        while (message.Length >= sizeof(ulong))
        {
            Absorb(BinaryPrimitives.ReadUInt64LittleEndian(message), rounds);
            message = message[sizeof(ulong)..];
        }

        for (int i = 0; i < message.Length; i++)
        {
            last |= (ulong)message[i] << (8 * i);
        }

        Absorb(last, rounds);
    }

    /// <summary>Marks the 128-bit variant; before anything is absorbed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WidenOutput() => _v1 ^= 0xee;

    /// <summary>The (first) 64 bits of output.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Finish(byte mark, int rounds)
    {
        _v2 ^= mark;
        Rounds(rounds);
        return _v0 ^ _v1 ^ _v2 ^ _v3;
    }

    /// <summary>The second 64 bits of the 128-bit variant.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong FinishHigh(int rounds)
    {
        _v1 ^= 0xdd;
        Rounds(rounds);
        return _v0 ^ _v1 ^ _v2 ^ _v3;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Absorb(ulong word, int rounds)
    {
        _v3 ^= word;
        Rounds(rounds);
        _v0 ^= word;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Rounds(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _v0 += _v1;
            _v2 += _v3;
            _v1 = BitOperations.RotateLeft(_v1, 13) ^ _v0;
            _v3 = BitOperations.RotateLeft(_v3, 16) ^ _v2;
            _v0 = BitOperations.RotateLeft(_v0, 32);
            _v2 += _v1;
            _v0 += _v3;
            _v1 = BitOperations.RotateLeft(_v1, 17) ^ _v2;
            _v3 = BitOperations.RotateLeft(_v3, 21) ^ _v0;
            _v2 = BitOperations.RotateLeft(_v2, 32);
        }
    }
}
