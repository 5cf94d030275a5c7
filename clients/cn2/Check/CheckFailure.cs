namespace Orleans.Cn2.Cli.Check;

/// <summary>The main job found something wrong; the message is the text after <c>CHECK failed:</c>.</summary>
internal sealed class CheckFailure(string message) : Exception(message);
