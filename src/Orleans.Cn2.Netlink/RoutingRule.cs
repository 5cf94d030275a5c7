using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Netlink;

/// <summary>A policy routing rule that sends what matches to a table (ip-rule(8)). What is unset matches all.</summary>
public sealed record RoutingRule
{
    /// <summary>fib_rule_hdr, linux/fib_rules.h: family, two prefix lengths, TOS, table, two reserved bytes, action, flags of 32 bits.</summary>
    internal const int HeaderSize = 12;

    /// <summary>RT_TABLE_LOCAL: the node's own addresses.</summary>
    public const uint LocalTable = 255;

    private const uint Inverted = 2; // FIB_RULE_INVERT
    private const byte ToTable = 1; // FR_ACT_TO_TBL

    /// <summary>The family whose packets it is asked for.</summary>
    public required IpFamily Family { get; init; }

    /// <summary>Rules are asked in ascending order of this.</summary>
    public required uint Preference { get; init; }

    /// <summary>Where it looks up.</summary>
    public required uint Table { get; init; }

    /// <summary>Name of the interface that packets arrive on; empty = any, and the node's own.</summary>
    public string InInterface { get; init; } = "";

    /// <summary>Destinations; null = all.</summary>
    public IpPrefix? Destination { get; init; }

    /// <summary>IP protocol number; 0 = any.</summary>
    public byte IpProtocol { get; init; }

    /// <summary>FRA_PROTOCOL: who made it, numbered like the protocols of routes.</summary>
    public byte Owner { get; init; }

    /// <summary>False for a rule that was read and has conditions (source, mark, ...) that this type can't tell; such rules are left alone.</summary>
    public bool IsPlain { get; init; } = true;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Preference}: {Family}{(InInterface.Length > 0 ? $" iif {InInterface}" : "")}{(Destination is { } to ? $" to {to}" : "")}"
        + $"{(IpProtocol != 0 ? $" ipproto {IpProtocol}" : "")} lookup {Table}";

    internal static RoutingRule? Read(scoped NetlinkMessage message)
    {
        ReadOnlySpan<byte> header = message.Payload;
        if (message.Type is not (MessageType.NewRule or MessageType.DeleteRule) || header.Length < HeaderSize || header[7] != ToTable
            || header[0] is not (AddressFamilies.IPv4 or AddressFamilies.IPv6))
        {
            return null;
        }

        RoutingRule rule = new()
        {
            Family = header[0] == AddressFamilies.IPv4 ? IpFamily.IPv4 : IpFamily.IPv6,
            Preference = 0,
            Table = header[4],
            IsPlain = header[2] == 0 && header[3] == 0 && (BitConverter.ToUInt32(header[8..]) & Inverted) == 0,
        };
        foreach (NetlinkAttribute attribute in message.Attributes(HeaderSize))
        {
            rule = attribute.Type switch
            {
                RuleAttribute.Destination => rule with { Destination = new IpPrefix(IpAddress.FromBytes(attribute.Value), header[1]) },
                RuleAttribute.InInterface => rule with { InInterface = attribute.AsString() },
                RuleAttribute.Priority => rule with { Preference = attribute.AsUInt32() },
                RuleAttribute.Table => rule with { Table = attribute.AsUInt32() },
                RuleAttribute.Protocol => rule with { Owner = attribute.Value[0] },
                RuleAttribute.IpProtocol => rule with { IpProtocol = attribute.Value[0] },
                RuleAttribute.Mark or RuleAttribute.OutInterface or RuleAttribute.TunnelId or RuleAttribute.MasterDevice or RuleAttribute.Users
                    or RuleAttribute.SourcePorts or RuleAttribute.DestinationPorts when attribute.Value.ContainsAnyExcept((byte)0) =>
                    rule with { IsPlain = false },
                _ => rule,
            };
        }

        return rule;
    }

    internal void Write(ref NetlinkRequest request)
    {
        Span<byte> header = request.Header(HeaderSize);
        header[0] = Family == IpFamily.IPv4 ? AddressFamilies.IPv4 : AddressFamilies.IPv6;
        header[1] = (byte)(Destination?.Length ?? 0);
        header[7] = ToTable;
        request.Add(RuleAttribute.Priority, Preference);
        request.Add(RuleAttribute.Table, Table);
        if (Destination is { } to)
        {
            request.Add(RuleAttribute.Destination, to.Network);
        }

        if (InInterface.Length > 0)
        {
            request.Add(RuleAttribute.InInterface, InInterface);
        }

        if (IpProtocol != 0)
        {
            request.Add(RuleAttribute.IpProtocol, [IpProtocol]);
        }

        if (Owner != 0)
        {
            request.Add(RuleAttribute.Protocol, [Owner]);
        }
    }
}
