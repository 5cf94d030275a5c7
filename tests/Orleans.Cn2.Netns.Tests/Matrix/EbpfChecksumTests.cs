namespace Orleans.Cn2.Netns.Tests.Matrix;

[Collection(EbpfLab.Name)]
public sealed class EbpfChecksumTests(EbpfLab lab) : ChecksumTests(lab);
