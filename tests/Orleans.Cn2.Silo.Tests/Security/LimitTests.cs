using System.Net;
using System.Text;
using Grpc.Core;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Silo.Tests.Security;

/// <summary>What one client may ask for: over its limits it is refused, others are not.</summary>
public sealed class LimitTests(LimitTests.SmallSilo silo) : IClassFixture<LimitTests.SmallSilo>
{
    private const int Streams = 3;
    private const int Rate = 10;
    private static readonly WatchServicesRequest All = new();

    [Fact]
    public async Task Message_TooLarge_IsResourceExhausted()
    {
        using Cn2Client client = silo.Secure.ConnectAs("large", "admin");
        Service service = new()
        {
            Metadata = new ObjectMeta { Namespace = "shop", Name = "large", Annotations = { ["note"] = new string('x', 20_000) } },
            Spec = new ServiceSpec { Ports = { new ServicePort { Port = 80 } } },
        };
        Status refused = await Calls.RefusedAsync(() => client.Services.ApplyAsync(new ApplyServiceRequest { Service = service }, Calls.Within()).ResponseAsync);
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        await Calls.ApplyAsync(client, "shop", "small");
    }

    [Fact]
    public async Task Message_TooLargeAsJson_IsRefused()
    {
        using HttpClient http = silo.Secure.NewHttp(silo.Secure.Authority.Client("large-json", "cn2:admin"));
        using StringContent body = new(
            """{"service": {"metadata": {"annotations": {"note": "LONG"}}}}""".Replace("LONG", new string('x', 20_000), StringComparison.Ordinal), Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await http.PutAsync(new Uri("/v1/namespaces/shop/services/large", UriKind.Relative), body, TestContext.Current.CancellationToken);
        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.TooManyRequests, text + silo.Secure.Output);
    }

    [Fact]
    public async Task Streams_TooMany_AreRefused_UntilOneEnds()
    {
        using Cn2Client client = silo.Secure.ConnectAs("watcher", "read");
        List<AsyncServerStreamingCall<ServiceEvent>> open = [];
        for (int i = 0; i < Streams; i++)
        {
            open.Add(client.Services.Watch(All, Calls.Within()));
            Assert.True(await open[i].ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        }

        Status refused = await Calls.RefusedAsync(() => WatchOnceAsync(client));
        Assert.Equal((StatusCode.ResourceExhausted, "certificate:watcher is over the limit of 3 open streams"), (refused.StatusCode, refused.Detail));

        using Cn2Client other = silo.Secure.ConnectAs("other", "read");
        await WatchOnceAsync(other);
        open[0].Dispose();
        await Testing.Processes.Until.TrueAsync("a stream is free again", TimeSpan.FromSeconds(30), () => TryWatchAsync(client), () => silo.Secure.Output);
        open.ForEach(stream => stream.Dispose());
    }

    [Fact]
    public async Task Rate_TooHigh_IsRefused_OthersAreServed_AndItIsCounted()
    {
        using Cn2Client client = silo.Secure.ConnectAs("hasty", "read");
        Task<Status?>[] burst = [.. Enumerable.Range(0, Rate * 20).Select(_ => StatusAsync(client))];
        Status?[] answers = await Task.WhenAll(burst);
        Status refused = answers.OfType<Status>().First();
        Assert.Equal((StatusCode.ResourceExhausted, "certificate:hasty is over the limit of 10 calls per second"), (refused.StatusCode, refused.Detail));
        Assert.InRange(answers.Count(answer => answer is null), 1, (Rate * 20) - 1);

        using Cn2Client other = silo.Secure.ConnectAs("patient", "read");
        Assert.Null(await StatusAsync(other));
        using HttpClient http = silo.Secure.NewHttp(silo.Secure.Authority.Client("scraper", "cn2:read"));
        string metrics = await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains("cn2_api_limited", metrics, StringComparison.Ordinal);
    }

    private static async Task<Status?> StatusAsync(Cn2Client client)
    {
        try
        {
            await Calls.CountAsync(client, "shop");
            return null;
        }
        catch (RpcException refused)
        {
            return refused.Status;
        }
    }

    private static async Task WatchOnceAsync(Cn2Client client)
    {
        using AsyncServerStreamingCall<ServiceEvent> stream = client.Services.Watch(All, Calls.Within());
        Assert.True(await stream.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
    }

    private static async Task<bool> TryWatchAsync(Cn2Client client)
    {
        try
        {
            await WatchOnceAsync(client);
            return true;
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.ResourceExhausted)
        {
            return false;
        }
    }

    /// <summary>A silo with small limits.</summary>
    public sealed class SmallSilo : IAsyncLifetime
    {
        public SecureSilo Secure { get; } = new(["--max-message", "10000", "--max-streams", "3", "--max-rate", "10"]);

        public ValueTask InitializeAsync() => Secure.InitializeAsync();

        public ValueTask DisposeAsync() => Secure.DisposeAsync();
    }
}
