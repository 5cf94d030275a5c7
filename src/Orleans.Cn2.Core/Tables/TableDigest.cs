namespace Orleans.Cn2.Core.Tables;

/// <summary>Order-independent digest of table rows: the sum modulo 2^128 of a keyed 128-bit hash of each canonical row, and the row count.</summary>
[GenerateSerializer, Immutable]
public readonly record struct TableDigest([property: Id(0)] UInt128 Sum, [property: Id(1)] ulong Rows)
{
    /// <summary>Digest of the union of two disjoint sets of rows.</summary>
    public static TableDigest operator +(TableDigest left, TableDigest right) => new(unchecked(left.Sum + right.Sum), left.Rows + right.Rows);

    /// <summary>Digest without rows that it contained.</summary>
    public static TableDigest operator -(TableDigest left, TableDigest right) => new(unchecked(left.Sum - right.Sum), left.Rows - right.Rows);

    public static TableDigest Add(TableDigest left, TableDigest right) => left + right;

    public static TableDigest Subtract(TableDigest left, TableDigest right) => left - right;

    /// <inheritdoc/>
    public override string ToString() => $"{Sum:x32}/{Rows}";
}
