namespace Orleans.Cn2.Api;

/// <summary>What the host of the API says of itself.</summary>
/// <param name="Version">Product version.</param>
internal sealed record ApiIdentity(string Version);
