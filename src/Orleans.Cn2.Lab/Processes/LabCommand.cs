using System.Collections.Immutable;

namespace Orleans.Cn2.Lab.Processes;

/// <summary>A program with its arguments, ready to start.</summary>
/// <param name="FileName">Program, looked up in PATH.</param>
/// <param name="Arguments">Its arguments.</param>
public sealed record LabCommand(string FileName, ImmutableArray<string> Arguments);
