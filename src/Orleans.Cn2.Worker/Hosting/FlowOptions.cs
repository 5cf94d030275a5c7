using System.Collections.Immutable;
using System.Globalization;
using Orleans.Cn2.Forwarding;

namespace Orleans.Cn2.Worker.Hosting;

/// <summary>Reads the options that shape flows: <c>--flow-timeouts</c> and <c>--affinity-prefix</c>.</summary>
internal static class FlowOptions
{
    private static readonly ImmutableSortedDictionary<string, Func<FlowLimits, TimeSpan, FlowLimits>> Setters =
        ImmutableSortedDictionary.CreateRange<string, Func<FlowLimits, TimeSpan, FlowLimits>>(StringComparer.Ordinal,
        [
            new("tcp", static (limits, span) => limits with { Tcp = span }),
            new("tcp-unanswered", static (limits, span) => limits with { TcpUnanswered = span }),
            new("tcp-handshake", static (limits, span) => limits with { TcpHandshake = span }),
            new("tcp-half-closed", static (limits, span) => limits with { OneFin = span }),
            new("tcp-closed", static (limits, span) => limits with { BothFin = span }),
            new("reset", static (limits, span) => limits with { Rst = span }),
            new("reset-unproven", static (limits, span) => limits with { UnprovenRst = span }),
            new("udp", static (limits, span) => limits with { Udp = span }),
            new("udp-stream", static (limits, span) => limits with { UdpStream = span }),
            new("sctp", static (limits, span) => limits with { Sctp = span }),
            new("sctp-handshake", static (limits, span) => limits with { SctpHandshake = span }),
            new("sctp-shutdown", static (limits, span) => limits with { SctpShutdown = span }),
        ]);

    /// <summary>Reads <c>NAME=SECONDS,...</c>; what is not named keeps its default. Each error is added to <paramref name="errors"/>.</summary>
    public static FlowLimits ReadTimeouts(string text, ImmutableArray<string>.Builder errors)
    {
        FlowLimits limits = new();
        foreach (string item in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] parts = item.Split('=');
            if (parts.Length == 2 && Setters.TryGetValue(parts[0], out Func<FlowLimits, TimeSpan, FlowLimits>? set)
                && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds > 0)
            {
                limits = set(limits, TimeSpan.FromSeconds(seconds));
            }
            else
            {
                errors.Add($"flow-timeouts: '{item}' must be NAME=SECONDS with a name of {string.Join(", ", Setters.Keys)}");
            }
        }

        return limits;
    }

    /// <summary>Reads <c>BITS4,BITS6</c>.</summary>
    public static AffinityPrefix ReadPrefix(string text, ImmutableArray<string>.Builder errors)
    {
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        if (parts.Length == 2 && TryReadBits(parts[0], 32, out byte four) && TryReadBits(parts[1], 128, out byte six))
        {
            return new AffinityPrefix(four, six);
        }

        errors.Add($"affinity-prefix: '{text}' must be two numbers, of bits of IPv4 (0 to 32) and of IPv6 (0 to 128)");
        return AffinityPrefix.Whole;
    }

    private static bool TryReadBits(string text, byte most, out byte bits) =>
        byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out bits) && bits <= most;
}
