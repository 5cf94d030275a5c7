using System.Buffers.Binary;
using System.Collections.Immutable;
using Orleans.Cn2.Netlink;

namespace Orleans.Cn2.Forwarding.Ebpf.Node.Delivery;

/// <summary>Reads the base chains of nf_tables by nfnetlink (linux/netfilter/nf_tables.h), also those of iptables-nft.</summary>
internal static class NfTablesReader
{
    private const int GenericHeaderSize = 4;
    private const ushort Subsystem = 10 << 8;
    private const ushort NewChain = Subsystem | 3;
    private const ushort GetChain = Subsystem | 4;

    private const byte FamilyInet = 1;
    private const byte FamilyNetdev = 5;
    private const uint PolicyDrop = 0;

    private const ushort ChainTable = 1;
    private const ushort ChainName = 3;
    private const ushort ChainHook = 4;
    private const ushort ChainPolicy = 5;
    private const ushort ChainUse = 6;
    private const ushort ChainType = 7;
    private const ushort HookNumber = 1;
    private const ushort HookDevice = 3;
    private const ushort HookDevices = 4;

    private const int ProtocolNotSupported = 93;

    /// <summary>The base chains of all families; none when the kernel has no nf_tables.</summary>
    internal static IReadOnlyList<NetfilterChain> Read()
    {
        try
        {
            using NetlinkSocket socket = NetlinkSocket.Open(NetlinkProtocol.Netfilter);
            Span<byte> buffer = stackalloc byte[64];
            NetlinkRequest request = new(buffer, GetChain, NetlinkFlags.Dump);
            request.Header(GenericHeaderSize);
            return socket.Query("NFT_MSG_GETCHAIN", request, ReadChain);
        }
        catch (NetlinkException refusal) when (MeansNoNfTables(refusal))
        {
            return [];
        }
    }

    /// <summary>An unknown subsystem is answered by EINVAL without words.</summary>
    private static bool MeansNoNfTables(NetlinkException refusal) =>
        refusal.Errno is ProtocolNotSupported or LibC.OperationNotSupported
        || (refusal.Errno == LibC.InvalidArgument && refusal.KernelText is null);

    private static NetfilterChain? ReadChain(scoped NetlinkMessage message)
    {
        if (message.Type != NewChain || message.Payload.Length < GenericHeaderSize)
        {
            return null;
        }

        byte family = message.Payload[0];
        string table = "", name = "", type = "";
        uint policy = uint.MaxValue, rules = 0;
        NetfilterHook? hook = null;
        ImmutableArray<string> devices = [];
        foreach (NetlinkAttribute attribute in message.Attributes(GenericHeaderSize))
        {
            switch (attribute.Type)
            {
                case ChainTable:
                    table = attribute.AsString();
                    break;
                case ChainName:
                    name = attribute.AsString();
                    break;
                case ChainType:
                    type = attribute.AsString();
                    break;
                case ChainPolicy:
                    policy = attribute.AsUInt32BigEndian();
                    break;
                case ChainUse:
                    // A base chain is no jump target, so only its own rules use it.
                    rules = attribute.AsUInt32BigEndian();
                    break;
                case ChainHook:
                    (hook, devices) = ReadHook(family, attribute.AsNested());
                    break;
            }
        }

        return hook is { } place
            ? new NetfilterChain(FamilyName(family), table, name, place, type, policy == PolicyDrop, (int)rules, devices)
            : null;
    }

    private static (NetfilterHook?, ImmutableArray<string>) ReadHook(byte family, NetlinkAttributes attributes)
    {
        NetfilterHook? hook = null;
        ImmutableArray<string>.Builder devices = ImmutableArray.CreateBuilder<string>();
        foreach (NetlinkAttribute attribute in attributes)
        {
            switch (attribute.Type)
            {
                case HookNumber:
                    hook = HookOf(family, BinaryPrimitives.ReadUInt32BigEndian(attribute.Value));
                    break;
                case HookDevice:
                    devices.Add(attribute.AsString());
                    break;
                case HookDevices:
                    foreach (NetlinkAttribute device in attribute.AsNested())
                    {
                        devices.Add(device.AsString());
                    }

                    break;
            }
        }

        return (hook, [.. devices.Distinct()]);
    }

    private static NetfilterHook? HookOf(byte family, uint number) => (family, number) switch
    {
        (FamilyNetdev, 0) or (FamilyInet, 5) => NetfilterHook.Ingress,
        (FamilyNetdev, 1) => NetfilterHook.Egress,
        (_, 0) => NetfilterHook.Prerouting,
        (_, 1) => NetfilterHook.Input,
        (_, 2) => NetfilterHook.Forward,
        (_, 3) => NetfilterHook.Output,
        (_, 4) => NetfilterHook.Postrouting,
        _ => null,
    };

    private static string FamilyName(byte family) => family switch
    {
        FamilyInet => "inet",
        2 => "ip",
        3 => "arp",
        FamilyNetdev => "netdev",
        7 => "bridge",
        10 => "ip6",
        _ => $"family {family}",
    };
}
