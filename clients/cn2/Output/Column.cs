namespace Orleans.Cn2.Cli.Output;

/// <summary>A column of a table.</summary>
/// <param name="Title">Title, in capitals as kubectl's.</param>
/// <param name="Value">The cell of a row.</param>
/// <param name="WideOnly">Shown by <c>-o wide</c> alone.</param>
internal sealed record Column<T>(string Title, Func<T, string> Value, bool WideOnly = false);
