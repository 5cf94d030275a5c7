namespace Orleans.Cn2.Core.Packets;

/// <summary>Ethernet types (IEEE 802 numbers) that the data path tells apart.</summary>
public static class EtherType
{
    public const ushort IPv4 = 0x0800;
    public const ushort Arp = 0x0806;
    public const ushort IPv6 = 0x86dd;
}
