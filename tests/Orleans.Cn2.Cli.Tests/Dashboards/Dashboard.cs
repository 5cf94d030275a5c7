using System.Text.Json;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Cli.Tests.Dashboards;

/// <summary>The queries of the Grafana dashboard.</summary>
internal static class Dashboard
{
    /// <summary>Each query with the title of its panel; Grafana's rate interval is set to the given one.</summary>
    public static IReadOnlyList<(string Panel, string Query)> Queries(string rateInterval)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Checkout.Root, "k8s", "dashboards", "cn2.json")));
        return
        [
            .. from panel in document.RootElement.GetProperty("panels").EnumerateArray()
               where panel.TryGetProperty("targets", out _)
               from target in panel.GetProperty("targets").EnumerateArray()
               select (
                   panel.GetProperty("title").GetString()!,
                   target.GetProperty("expr").GetString()!.Replace("$__rate_interval", rateInterval, StringComparison.Ordinal)),
        ];
    }
}
