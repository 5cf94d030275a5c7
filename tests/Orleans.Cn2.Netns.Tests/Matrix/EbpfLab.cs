using Orleans.Cn2.Cli.LabGlue;

namespace Orleans.Cn2.Netns.Tests.Matrix;

/// <summary>The matrix on the engine ebpf.</summary>
public sealed class EbpfLab() : MatrixLab(Name, new LabEngine("ebpf", "auto"))
{
    /// <summary>Name of the lab, and of all that a test could leave.</summary>
    public const string Name = "matrix";
}
