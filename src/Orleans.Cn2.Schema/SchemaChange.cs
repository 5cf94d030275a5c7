namespace Orleans.Cn2.Schema;

/// <summary>What an upgrade did.</summary>
/// <param name="From">Version before; 0 where there was no schema.</param>
/// <param name="To">Version after.</param>
public sealed record SchemaChange(int From, int To);
