using System.CommandLine;
using Orleans.Cn2.Cli.Cli;

namespace Orleans.Cn2.Cli.Waiting;

/// <summary>The options <c>--wait</c> and <c>--timeout</c>.</summary>
internal static class WaitOptions
{
    private const double LongestSeconds = 600;

    /// <summary><c>--wait</c>, or <c>--wait=PERCENT</c>.</summary>
    public static Option<int?> Share() => new("--wait")
    {
        Description = "Return when every live vRouter has programmed it, or with =PERCENT that share of them",
        HelpName = "percent",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary><c>--timeout</c>.</summary>
    public static Option<double> Limit() => new("--timeout") { Description = "Limit of --wait in seconds", DefaultValueFactory = _ => 30 };

    /// <summary>The share asked for; null without the option.</summary>
    /// <exception cref="CommandException">It is not 1..100.</exception>
    public static int? PercentOf(ParseResult parsed, Option<int?> share)
    {
        if (parsed.GetResult(share) is not { } given)
        {
            return null;
        }

        int percent = given.Tokens.Count == 0 ? 100 : parsed.GetValue(share) ?? 100;
        return percent is >= 1 and <= 100 ? percent : throw new CommandException(ExitCodes.Usage, $"wait: {percent} must be between 1 and 100");
    }

    /// <summary>The limit asked for.</summary>
    /// <exception cref="CommandException">It is not above 0 and at most 600.</exception>
    public static TimeSpan LimitOf(ParseResult parsed, Option<double> limit)
    {
        double seconds = parsed.GetValue(limit);
        return seconds is > 0 and <= LongestSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new CommandException(ExitCodes.Usage, $"timeout: {seconds} must be above 0 and at most {LongestSeconds}");
    }
}
