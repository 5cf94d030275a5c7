namespace Orleans.Cn2.Netns.Tests.Matrix;

[Collection(EbpfLab.Name)]
public sealed class EbpfProgramTests(EbpfLab lab) : ProgramTests(lab);
