using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Forwarding.Ebpf.Layout;

/// <summary>
/// The word of a service index: slot base in bits 0..31, size class in 32..39 (255: no selectable path), flags in 40..47, tag in 48..63.
/// 0 is no service. Written in one store.
/// </summary>
internal readonly record struct ControlWord(ulong Bits)
{
    internal const byte NoSlots = 255;

    internal ControlWord(uint slotBase, byte sizeClass, FrontendFlags flags, ushort tag)
        : this(slotBase | ((ulong)sizeClass << 32) | ((ulong)(byte)flags << 40) | ((ulong)tag << 48))
    {
    }

    internal uint SlotBase => (uint)Bits;

    internal byte SizeClass => (byte)(Bits >> 32);

    internal FrontendFlags Flags => (FrontendFlags)(byte)(Bits >> 40);

    internal ushort Tag => (ushort)(Bits >> 48);

    internal bool HasSlots => Bits != 0 && SizeClass != NoSlots;
}
