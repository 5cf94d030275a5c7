using System.Text.Json;
using Orleans.Cn2.Testing.Netns;

namespace Orleans.Cn2.Netns.Tests.Checks;

public sealed class MarketTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Check_MicroserviceSample_EveryServiceWithEndpointsAnswersAtEachAddressAndPort()
    {
        string json = Path.GetTempFileName();
        try
        {
            (int status, string output) = await Cn2Program.RunAsync(Bound, "check", "--name", "market", "-f", Cn2Program.Example("market.yaml"), "--json", json);

            Assert.True(status == 0, output);
            Assert.Equal("CHECK passed", output.TrimEnd().Split('\n')[^1]);
            foreach (string kind in (string[])["ServiceAccount", "NetworkPolicy", "Ingress"])
            {
                Assert.Contains($": no kind {kind} of ", output, StringComparison.Ordinal);
            }

            foreach (string silent in (string[])["market/bank: it has no FloatingIP", "market/shelf-peers: it has no FloatingIP", "market/weigh-house: it has no endpoints", "tags TCP/6060 v6 from anywhere"])
            {
                Assert.Contains($"nothing is sent to {silent}", output, StringComparison.Ordinal);
            }

            using JsonDocument figures = JsonDocument.Parse(await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken));
            Assert.True(figures.RootElement.GetProperty("passed").GetBoolean());
            JsonElement[] paths = [.. figures.RootElement.GetProperty("paths").EnumerateArray()];
            Assert.All(paths, path => Assert.Equal(0, path.GetProperty("failed").GetInt32()));
            string[] answered = [.. paths.Select(path => $"{path.GetProperty("service").GetString()} {path.GetProperty("protocol").GetString()}/{path.GetProperty("port").GetInt32()} {path.GetProperty("family").GetString()}").Distinct().Order(StringComparer.Ordinal)];
            Assert.Equal(Expected().Order(StringComparer.Ordinal), answered);
            Assert.Equal(5 * answered.Length, paths.Length);
            Assert.True(Residue.Of("cn2-market").IsEmpty && Residue.Of("cn2/lab/market").IsEmpty, $"{Residue.Of("cn2-market")}\n{Residue.Of("cn2/lab/market")}");
        }
        finally
        {
            File.Delete(json);
        }
    }

    private static IEnumerable<string> Expected() => ((string[])
        [
            "stall TCP/80", "stall-public TCP/80", "baskets TCP/7000", "baskets UDP/8125", "shelf TCP/6379", "shelf-first TCP/6379", "courier TCP/5672",
            "courier TCP/15672", "courier TCP/9090", "tags TCP/9080", "tags TCP/4317", "signs UDP/53", "signs TCP/53",
        ]).SelectMany(port => new[] { $"market/{port} v4", $"market/{port} v6" }).Append("market/stall-nodeport TCP/80 v4");
}
