namespace Orleans.Cn2.Core.Southbound;

/// <summary>
/// Versions of the southbound protocol that a program speaks. A version is raised when the other side must know of a change: a new field that may be
/// ignored needs none. Silo and worker differ by at most one minor version of the product, so each goes on speaking the protocol of the one before.
/// </summary>
/// <param name="Oldest">The oldest.</param>
/// <param name="Newest">The newest.</param>
public readonly record struct ProtocolRange(uint Oldest, uint Newest)
{
    /// <summary>What this build speaks.</summary>
    public static ProtocolRange Own { get; } = new(1, 1);

    /// <summary>The newest version that both speak, or null.</summary>
    public uint? CommonWith(ProtocolRange other)
    {
        uint newest = Math.Min(Newest, other.Newest);
        return newest >= Math.Max(Oldest, other.Oldest) && Oldest <= Newest && other.Oldest <= other.Newest ? newest : null;
    }

    /// <summary>True for a version in the range.</summary>
    public bool Has(uint version) => version >= Oldest && version <= Newest;

    /// <inheritdoc/>
    public override string ToString() => $"{Oldest}..{Newest}";
}
