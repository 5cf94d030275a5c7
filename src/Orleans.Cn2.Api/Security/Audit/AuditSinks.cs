namespace Orleans.Cn2.Api.Security.Audit;

/// <summary>Where changes are noted.</summary>
/// <param name="Console">In the log, category <c>Orleans.Cn2.Audit</c>.</param>
/// <param name="File">Appended to this file, a JSON object a line, or null.</param>
public sealed record AuditSinks(bool Console, string? File)
{
    /// <summary>In the log alone.</summary>
    public static AuditSinks Default { get; } = new(true, null);
}
