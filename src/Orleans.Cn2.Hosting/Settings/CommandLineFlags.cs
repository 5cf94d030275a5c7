namespace Orleans.Cn2.Hosting.Settings;

/// <summary>Splits flags into keys and values: <c>--key value</c> or <c>--key=value</c>, nothing else.</summary>
internal static class CommandLineFlags
{
    private const string Prefix = "--";

    /// <summary>Reads the flags; the last of a key wins. What is no flag, or has no value, is an error: it must not become a default.</summary>
    public static Dictionary<string, string?> Parse(IReadOnlyList<string> args, ICollection<string> errors)
    {
        Dictionary<string, string?> flags = new(StringComparer.Ordinal);
        for (int index = 0; index < args.Count; index++)
        {
            if (!args[index].StartsWith(Prefix, StringComparison.Ordinal) || args[index].Length == Prefix.Length)
            {
                errors.Add($"'{args[index]}' is no option: options are written --name VALUE");
                continue;
            }

            string[] flag = args[index][Prefix.Length..].Split('=', 2);
            if (flag.Length == 2)
            {
                flags[flag[0]] = flag[1];
            }
            else if (index + 1 < args.Count && !args[index + 1].StartsWith(Prefix, StringComparison.Ordinal))
            {
                flags[flag[0]] = args[++index];
            }
            else
            {
                errors.Add($"{flag[0]}: needs a value");
            }
        }

        return flags;
    }
}
