namespace Orleans.Cn2.Netns.Tests.Matrix;

[Collection(EbpfLab.Name)]
public sealed class EbpfChecksumTests(EbpfLab lab) : ChecksumTests(lab);

[Collection(EbpfLab.Name)]
public sealed class EbpfDisturbanceTests(EbpfLab lab) : DisturbanceTests(lab);

[Collection(EbpfLab.Name)]
public sealed class EbpfProgramTests(EbpfLab lab) : ProgramTests(lab);
