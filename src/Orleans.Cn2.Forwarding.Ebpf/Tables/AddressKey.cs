using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Layout;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>An address as the key of a large table: the 16 bytes that the maps hold it as, half of what <see cref="IpAddress"/> takes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8)]
internal readonly record struct AddressKey(ulong First, ulong Second)
{
    internal static AddressKey Of(IpAddress address)
    {
        Address16 bytes = Address16.Of(address);
        ReadOnlySpan<ulong> halves = MemoryMarshal.Cast<byte, ulong>(bytes);
        return new AddressKey(halves[0], halves[1]);
    }

    internal IpAddress ToAddress()
    {
        ReadOnlySpan<ulong> halves = [First, Second];
        return IpAddress.FromKey(MemoryMarshal.AsBytes(halves));
    }

    /// <summary>Addresses that follow each other lie side by side in a table: a walk in their order stays in the caches.</summary>
    public override int GetHashCode()
    {
        ulong low = BinaryPrimitives.ReverseEndianness(Second);
        return (int)(low ^ (low >> 32)) ^ First.GetHashCode();
    }
}
