namespace Orleans.Cn2.Netns.Tests.Matrix;

[Collection(ManagedLab.Name)]
public sealed class ManagedChecksumTests(ManagedLab lab) : ChecksumTests(lab);

[Collection(ManagedLab.Name)]
public sealed class ManagedDisturbanceTests(ManagedLab lab) : DisturbanceTests(lab);

[Collection(ManagedLab.Name)]
public sealed class ManagedProgramTests(ManagedLab lab) : ProgramTests(lab);
