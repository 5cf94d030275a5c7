namespace Orleans.Cn2.Netlink.Routing;

/// <summary>What a policy routing rule means for a packet of the node's own that nothing but a destination is known of.</summary>
public enum RuleEffect
{
    /// <summary>It never matches: it wants another interface than the node's own, or a mark.</summary>
    None,

    /// <summary>It always matches, and looks up in its table.</summary>
    Lookup,

    /// <summary>It may match or not, or does something else than look up: only the kernel knows.</summary>
    Unknown,
}

/// <summary>One policy routing rule (ip-rule(8)), as far as lookups by destination alone are concerned.</summary>
/// <param name="Effect">What it means for them.</param>
/// <param name="Table">Where it looks up.</param>
public sealed record LookupRule(RuleEffect Effect, uint Table)
{
    private const uint Inverted = 2; // FIB_RULE_INVERT
    private const byte ToTable = 1; // FR_ACT_TO_TBL
    private const string OwnPackets = "lo";

    /// <summary>Every rule there is, unlike <see cref="RoutingRule"/>: one that can't be told is <see cref="RuleEffect.Unknown"/>.</summary>
    internal static LookupRule Read(scoped NetlinkMessage message)
    {
        ReadOnlySpan<byte> header = message.Payload;
        if (message.Type != MessageType.NewRule || header.Length < RoutingRule.HeaderSize)
        {
            return new LookupRule(RuleEffect.Unknown, 0);
        }

        // Destination and source prefix, type of service, action, inversion.
        bool known = header[1] == 0 && header[2] == 0 && header[3] == 0 && header[7] == ToTable
            && (BitConverter.ToUInt32(header[8..]) & Inverted) == 0;
        uint table = header[4], mark = 0, mask = uint.MaxValue;
        bool arrives = false;
        foreach (NetlinkAttribute attribute in message.Attributes(RoutingRule.HeaderSize))
        {
            switch (attribute.Type)
            {
                case RuleAttribute.Table:
                    table = attribute.AsUInt32();
                    break;
                case RuleAttribute.InInterface:
                    arrives = attribute.AsString() != OwnPackets;
                    known &= arrives;
                    break;
                case RuleAttribute.Mark:
                    mark = attribute.AsUInt32();
                    break;
                case RuleAttribute.Mask:
                    mask = attribute.AsUInt32();
                    break;
                case RuleAttribute.Priority or RuleAttribute.Protocol or RuleAttribute.Padding:
                    break;
                case RuleAttribute.SuppressGroup or RuleAttribute.SuppressLength when attribute.AsUInt32() == uint.MaxValue:
                    // The kernel's way to say that nothing is suppressed.
                    break;
                default:
                    known = false;
                    break;
            }
        }

        bool inverted = (BitConverter.ToUInt32(header[8..]) & Inverted) != 0;
        return new LookupRule(
            !inverted && (arrives || (mark & mask) != 0) ? RuleEffect.None : known ? RuleEffect.Lookup : RuleEffect.Unknown, table);
    }
}
