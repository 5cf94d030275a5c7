namespace Orleans.Cn2.Netns.Tests.Matrix;

/// <summary>The tests that share the lab.</summary>
[CollectionDefinition(ManagedLab.Name)]
public sealed class ManagedCollection : ICollectionFixture<ManagedLab>;
