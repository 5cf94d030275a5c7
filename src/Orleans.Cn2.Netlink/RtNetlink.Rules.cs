using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink.Routing;

namespace Orleans.Cn2.Netlink;

public sealed partial class RtNetlink
{
    /// <summary>All policy routing rules of a family that look up in a table, in their order; none where the kernel lacks the family.</summary>
    public IReadOnlyList<RoutingRule> GetRules(IpFamily family) => GetRules<RoutingRule>(family, RoutingRule.Read);

    /// <summary>What each rule of a family means for lookups by destination alone, in their order; none where the kernel has no rules.</summary>
    public IReadOnlyList<LookupRule> GetLookupRules(IpFamily family) => GetRules<LookupRule>(family, LookupRule.Read);

    private List<T> GetRules<T>(IpFamily family, MessageReader<T> read)
        where T : class
    {
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.GetRule, NetlinkFlags.Dump);
        request.Header(RoutingRule.HeaderSize)[0] = FamilyOf(family);
        try
        {
            return _socket.Query("RTM_GETRULE", request, read);
        }
        catch (NetlinkException refusal) when (refusal.Errno is LibC.OperationNotSupported or LibC.FamilyNotSupported)
        {
            return [];
        }
    }

    /// <summary>Adds a rule behind those of its preference; one that is there already is kept.</summary>
    public void AddRule(RoutingRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.NewRule, NetlinkFlags.Create | NetlinkFlags.Exclusive | NetlinkFlags.Ack);
        rule.Write(ref request);
        try
        {
            _socket.Execute($"RTM_NEWRULE {rule}", request);
        }
        catch (NetlinkException refusal) when (refusal.Errno == LibC.Exists)
        {
            // As wanted.
        }
    }

    /// <summary>Removes a rule; every part that is set must match. One that is gone already is no error.</summary>
    public void DeleteRule(RoutingRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        RequestBuffer buffer = default;
        NetlinkRequest request = new(buffer, MessageType.DeleteRule, NetlinkFlags.Ack);
        rule.Write(ref request);
        try
        {
            _socket.Execute($"RTM_DELRULE {rule}", request);
        }
        catch (NetlinkException refusal) when (refusal.Errno == LibC.NoEntry)
        {
            // As wanted.
        }
    }
}
