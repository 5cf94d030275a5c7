namespace Orleans.Cn2.Storage.States;

/// <summary>Primary key of a state's row.</summary>
internal readonly record struct StateAddress(string Name, byte[] GrainKey, string GrainType)
{
    public static StateAddress Of(string stateName, GrainId grainId) =>
        new(stateName, grainId.Key.AsSpan().ToArray(), grainId.Type.ToString() ?? "");

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
