using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Orleans.Cn2.Forwarding.Managed.Network;

/// <summary>The two MAC addresses of a frame, each in the low 48 bits: 12 bytes, in the order of the frame.</summary>
[StructLayout(LayoutKind.Sequential, Pack = sizeof(uint))]
public readonly record struct LinkAddresses
{
    private const int MacBits = 48;
    private const int Shift = 64 - MacBits;

    private readonly ulong _first;
    private readonly uint _last;

    public LinkAddresses(ulong destination, ulong source) => (_first, _last) = ((destination << Shift) | ((source >> 32) & ushort.MaxValue), (uint)source);

    private LinkAddresses(ulong first, uint last) => (_first, _last) = (first, last);

    /// <summary>The receiver's.</summary>
    public ulong Destination => _first >> Shift;

    /// <summary>The sender's.</summary>
    public ulong Source => ((_first & ushort.MaxValue) << 32) | _last;

    /// <summary>The addresses of the answer.</summary>
    public LinkAddresses Swapped => new(Source, Destination);

    /// <summary>Reads them from a frame of at least 12 bytes.</summary>
    public static LinkAddresses Of(ReadOnlySpan<byte> frame) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(frame), BinaryPrimitives.ReadUInt32BigEndian(frame[sizeof(ulong)..]));

    /// <summary>Writes them into a frame of at least 12 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(Span<byte> frame)
    {
        BinaryPrimitives.WriteUInt64BigEndian(frame, _first);
        BinaryPrimitives.WriteUInt32BigEndian(frame[sizeof(ulong)..], _last);
    }
}
