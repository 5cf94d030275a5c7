namespace Orleans.Cn2.Storage;

/// <summary>Primary key of a state's row.</summary>
internal readonly record struct StateAddress(string Name, byte[] GrainKey, string GrainType)
{
    public static StateAddress Of(string stateName, GrainId grainId) =>
        new(stateName, grainId.Key.AsSpan().ToArray(), grainId.Type.ToString() ?? "");
}
