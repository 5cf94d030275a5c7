namespace Orleans.Cn2.Core.Tables;

/// <summary>Order-independent digest of table rows: the sum modulo 2^128 of a keyed 128-bit hash of each canonical row, and the row count.</summary>
[GenerateSerializer, Immutable]
public readonly record struct TableDigest([property: Id(0)] UInt128 Sum, [property: Id(1)] ulong Rows)
{
    /// <summary>Digest of one frontend and its paths.</summary>
    public static TableDigest Of(Frontend frontend)
    {
        ArgumentNullException.ThrowIfNull(frontend);
        UInt128 sum = TableHash.OfFrontend(frontend);
        foreach (ref readonly EcmpPath path in frontend.Paths.AsSpan())
        {
            sum = unchecked(sum + TableHash.OfPath(frontend.Id, path));
        }

        return new(sum, 1 + (ulong)frontend.Paths.Length);
    }

    /// <summary>Digest of all rows of a service.</summary>
    public static TableDigest Of(ServiceTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        TableDigest digest = default;
        foreach (Frontend frontend in table.Frontends)
        {
            digest += Of(frontend);
        }

        return digest;
    }

    /// <summary>Digest of all rows of a set of services, such as a shard.</summary>
    public static TableDigest Of(IEnumerable<ServiceTable> tables)
    {
        ArgumentNullException.ThrowIfNull(tables);
        TableDigest digest = default;
        foreach (ServiceTable table in tables)
        {
            digest += Of(table);
        }

        return digest;
    }

    /// <summary>Digest of the union of two disjoint sets of rows.</summary>
    public static TableDigest operator +(TableDigest left, TableDigest right) =>
        unchecked(new(left.Sum + right.Sum, left.Rows + right.Rows));

    /// <summary>Digest without rows that it contained.</summary>
    public static TableDigest operator -(TableDigest left, TableDigest right) =>
        unchecked(new(left.Sum - right.Sum, left.Rows - right.Rows));

    /// <summary>The method form of <c>+</c>.</summary>
    public static TableDigest Add(TableDigest left, TableDigest right) => left + right;

    /// <summary>The method form of <c>-</c>.</summary>
    public static TableDigest Subtract(TableDigest left, TableDigest right) => left - right;

    /// <inheritdoc/>
    public override string ToString() => $"{Sum:x32}/{Rows}";
}
