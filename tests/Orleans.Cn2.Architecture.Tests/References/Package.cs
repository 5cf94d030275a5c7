namespace Orleans.Cn2.Architecture.Tests.References;

/// <summary>A package reference and what of it is kept from projects that build on this one.</summary>
internal sealed record Package(string Name, string PrivateAssets);
