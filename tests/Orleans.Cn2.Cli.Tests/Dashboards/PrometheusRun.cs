using System.Globalization;
using System.Net;
using System.Text.Json;
using Orleans.Cn2.Lab.Processes;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Cli.Tests.Dashboards;

/// <summary>A Prometheus that scrapes one silo each second.</summary>
internal sealed class PrometheusRun(ProgramRun program, string address) : IAsyncDisposable
{
    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(5) };

    public static PrometheusRun Start(ScratchFolder scratch, string silo)
    {
        string address = $"127.0.0.1:{FreePorts.Take(1)[0]}";
        string configuration = scratch.Of("prometheus.yml");
        File.WriteAllText(configuration, $"""
            global:
              scrape_interval: 1s
            scrape_configs:
              - job_name: silo
                static_configs:
                  - targets: ['{new Uri(silo).Authority}']
            """);
        return new PrometheusRun(
            ProgramRun.Start(
                "prometheus",
                [$"--config.file={configuration}", $"--storage.tsdb.path={scratch.Of("prometheus")}", $"--web.listen-address={address}", "--log.level=warn"]),
            address);
    }

    /// <summary>Whether an instant query gives at least one number.</summary>
    public async Task<bool> HasDataAsync(string query)
    {
        program.MustRun();
        try
        {
            using HttpResponseMessage answer = await Client.GetAsync(new Uri($"http://{address}/api/v1/query?query={Uri.EscapeDataString(query)}"));
            string text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"{query}: {text}");
            return answer.IsSuccessStatusCode && HasNumber(text);
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>The answer to an instant query, as JSON.</summary>
    public Task<string> QueryAsync(string query) => Client.GetStringAsync(new Uri($"http://{address}/api/v1/query?query={Uri.EscapeDataString(query)}"));

    public ValueTask DisposeAsync() => program.DisposeAsync();

    private static bool HasNumber(string answer)
    {
        using JsonDocument document = JsonDocument.Parse(answer);
        return document.RootElement.GetProperty("data").GetProperty("result").EnumerateArray()
            .Any(series => double.TryParse(series.GetProperty("value")[1].GetString(), CultureInfo.InvariantCulture, out double value) && double.IsFinite(value));
    }
}
