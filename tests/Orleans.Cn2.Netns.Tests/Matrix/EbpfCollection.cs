namespace Orleans.Cn2.Netns.Tests.Matrix;

/// <summary>The tests that share the lab.</summary>
[CollectionDefinition(EbpfLab.Name)]
public sealed class EbpfCollection : ICollectionFixture<EbpfLab>;
