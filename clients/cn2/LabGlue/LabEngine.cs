namespace Orleans.Cn2.Cli.LabGlue;

/// <summary>How the workers of a lab forward.</summary>
/// <param name="Name">ebpf or managed.</param>
/// <param name="Mode">Delivery mode of the engine ebpf: auto, fast or stack.</param>
internal sealed record LabEngine(string Name, string Mode)
{
    /// <summary>What a lab has unless told otherwise.</summary>
    public static LabEngine Default { get; } = new("ebpf", "auto");
}
