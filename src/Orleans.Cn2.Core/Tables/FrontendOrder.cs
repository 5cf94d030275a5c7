namespace Orleans.Cn2.Core.Tables;

/// <summary>The canonical order of frontends within a table: (address, protocol, port).</summary>
public static class FrontendOrder
{
    /// <summary>Compares by what packets are matched by.</summary>
    public static int Compare(Frontend left, Frontend right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        int order = left.Address.CompareTo(right.Address);
        if (order == 0)
        {
            order = left.Protocol.CompareTo(right.Protocol);
        }

        return order != 0 ? order : left.Port.CompareTo(right.Port);
    }
}
