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
    public static Option<double> Limit() => new("--timeout") { Description = "Limit of the wait in seconds", DefaultValueFactory = _ => 30 };

    /// <summary>The share asked for; null without the option.</summary>
    /// <exception cref="CommandException">It is not 1..100.</exception>
    public static int? PercentOf(ParseResult parsed, Option<int?> share)
    {
        if (parsed.GetResult(share) is not { } given)
        {
            return null;
        }

        return CheckPercent("wait", given.Tokens.Count == 0 ? 100 : parsed.GetValue(share) ?? 100);
    }

    /// <summary>The share, if it is one.</summary>
    /// <exception cref="CommandException">It is not 1..100.</exception>
    public static int CheckPercent(string option, int percent) =>
        percent is >= 1 and <= 100 ? percent : throw new CommandException(ExitCodes.Usage, $"{option}: {percent} must be between 1 and 100");

    /// <summary><c>--silence</c>.</summary>
    public static Option<double> Silence() => new("--silence")
    {
        Description = "A UDP flow, or a connection that a side closed, has ended once it was silent for so many seconds",
        DefaultValueFactory = _ => 2,
    };

    /// <summary>The silence asked for.</summary>
    /// <exception cref="CommandException">It is not above 0 and at most 600.</exception>
    public static TimeSpan SilenceOf(ParseResult parsed, Option<double> silence) => SecondsOf(parsed, silence, "silence");

    /// <summary>The limit asked for.</summary>
    /// <exception cref="CommandException">It is not above 0 and at most 600.</exception>
    public static TimeSpan LimitOf(ParseResult parsed, Option<double> limit) => SecondsOf(parsed, limit, "timeout");

    private static TimeSpan SecondsOf(ParseResult parsed, Option<double> option, string name)
    {
        double seconds = parsed.GetValue(option);
        return seconds is > 0 and <= LongestSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new CommandException(ExitCodes.Usage, $"{name}: {seconds} must be above 0 and at most {LongestSeconds}");
    }
}
