namespace Orleans.Cn2.Netns.Tests.Matrix;

[Collection(ManagedLab.Name)]
public sealed class ManagedProgramTests(ManagedLab lab) : ProgramTests(lab);
