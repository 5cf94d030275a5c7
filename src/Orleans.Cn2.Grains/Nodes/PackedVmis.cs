using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Nodes;
using Orleans.Cn2.Core.Vmis;
using Orleans.Cn2.Grains.Hosting;

namespace Orleans.Cn2.Grains.Nodes;

/// <summary>The stored form of a node's VMIs: some 150 bytes each, where a node has 110 pods by default and often more.</summary>
internal static class PackedVmis
{
    private const byte NotSaid = 2;

    public static void Write(BinaryWriter writer, VmiRecord record)
    {
        Write(writer, record.Vmi);
        writer.Write7BitEncodedInt(record.LeaseSeconds);
        writer.Write(record.RenewedAt);
        writer.Write(record.Expired);
        writer.Write7BitEncodedInt(record.Lapses.Count);
        writer.Write(record.Lapses.LastAt);
        writer.Write(record.HeldSince is not null);
        if (record.HeldSince is { } since)
        {
            writer.Write(since);
        }
    }

    public static VmiRecord Read(BinaryReader reader) => new(
        ReadVmi(reader),
        reader.Read7BitEncodedInt(),
        reader.ReadTime(),
        reader.ReadBoolean(),
        new LossRecord(reader.Read7BitEncodedInt(), reader.ReadTime()),
        reader.ReadBoolean() ? reader.ReadTime() : null);

    private static void Write(BinaryWriter writer, Vmi vmi)
    {
        writer.Write(vmi.Name);
        writer.Write(vmi.Uid);
        writer.Write(vmi.Node);
        writer.Write(vmi.Zone is not null);
        if (vmi.Zone is { } zone)
        {
            writer.Write(zone);
        }

        writer.Write7BitEncodedInt(vmi.Labels.Count);
        foreach ((string key, string value) in vmi.Labels)
        {
            writer.Write(key);
            writer.Write(value);
        }

        writer.Write7BitEncodedInt(vmi.Addresses.Count);
        Span<byte> bytes = stackalloc byte[16];
        foreach (IpAddress address in vmi.Addresses)
        {
            int length = address.WriteBytes(bytes);
            writer.Write((byte)length);
            writer.Write(bytes[..length]);
        }

        writer.Write7BitEncodedInt(vmi.Ports.Count);
        foreach (NamedPort port in vmi.Ports)
        {
            writer.Write(port.Name);
            writer.Write((byte)port.Protocol);
            writer.Write(port.Number);
        }

        writer.Write(Said(vmi.Conditions.Ready));
        writer.Write(Said(vmi.Conditions.Serving));
        writer.Write(Said(vmi.Conditions.Terminating));
        writer.Write(vmi.Weight);
        writer.Write((byte)vmi.Drains);
    }

    private static Vmi ReadVmi(BinaryReader reader) => new()
    {
        Name = new NamespacedName(SharedTexts.Of(reader.ReadString()), reader.ReadString()),
        Uid = reader.ReadGuid(),
        Node = SharedTexts.Of(reader.ReadString()),
        Zone = reader.ReadBoolean() ? SharedTexts.Of(reader.ReadString()) : null,
        Labels = new LabelSet(Many(reader, static from => KeyValuePair.Create(SharedTexts.Of(from.ReadString()), SharedTexts.Of(from.ReadString())))),
        Addresses = [.. Many(reader, ReadAddress)],
        Ports = [.. Many(reader, static from => new NamedPort(from.ReadString(), (TransportProtocol)from.ReadByte(), from.ReadUInt16()))],
        Conditions = new VmiConditions(ReadSaid(reader), ReadSaid(reader), ReadSaid(reader)),
        Weight = reader.ReadUInt16(),
        Drains = (DrainCause)reader.ReadByte(),
    };

    private static IpAddress ReadAddress(BinaryReader reader)
    {
        Span<byte> bytes = stackalloc byte[reader.ReadByte()];
        reader.BaseStream.ReadExactly(bytes);
        return IpAddress.FromBytes(bytes);
    }

    private static T[] Many<T>(BinaryReader reader, Func<BinaryReader, T> read)
    {
        T[] items = new T[reader.Read7BitEncodedInt()];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = read(reader);
        }

        return items;
    }

    private static byte Said(bool? condition) => condition switch { null => NotSaid, true => 1, false => 0 };

    private static bool? ReadSaid(BinaryReader reader) => reader.ReadByte() switch { NotSaid => null, byte said => said == 1 };
}
