namespace Orleans.Cn2.Netns.Tests.Matrix;

[Collection(ManagedLab.Name)]
public sealed class ManagedChecksumTests(ManagedLab lab) : ChecksumTests(lab);
