namespace Orleans.Cn2.Storage.States;

/// <summary>Primary key of a state's row.</summary>
internal readonly record struct StateAddress(string Name, byte[] GrainKey, string GrainType) : IComparable<StateAddress>
{
    public static StateAddress Of(string stateName, GrainId grainId) =>
        new(stateName, grainId.Key.AsSpan().ToArray(), grainId.Type.ToString() ?? "");

    /// <summary>The order of the primary key.</summary>
    public int CompareTo(StateAddress other)
    {
        int order = string.CompareOrdinal(Name, other.Name);
        order = order != 0 ? order : GrainKey.AsSpan().SequenceCompareTo(other.GrainKey);
        return order != 0 ? order : string.CompareOrdinal(GrainType, other.GrainType);
    }

    /// <inheritdoc/>
    public bool Equals(StateAddress other) =>
        Name == other.Name && GrainType == other.GrainType && GrainKey.AsSpan().SequenceEqual(other.GrainKey);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(Name, StringComparer.Ordinal);
        hash.AddBytes(GrainKey);
        return hash.ToHashCode();
    }
}
