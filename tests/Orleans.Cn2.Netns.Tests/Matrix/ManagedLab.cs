using Orleans.Cn2.Cli.LabGlue;

namespace Orleans.Cn2.Netns.Tests.Matrix;

/// <summary>The matrix on the engine managed.</summary>
public sealed class ManagedLab() : MatrixLab(Name, new LabEngine("managed", "auto"))
{
    /// <summary>Name of the lab, and of all that a test could leave.</summary>
    public const string Name = "routed";
}
