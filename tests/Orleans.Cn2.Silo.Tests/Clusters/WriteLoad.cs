using System.Collections.Concurrent;
using System.Diagnostics;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Silo.Tests.Clusters;

/// <summary>
/// Writers, one a Service, that change its port one after the other until told to stop, and note what was acknowledged. An unacknowledged change is repeated
/// until it is acknowledged: its outcome is unknown till then.
/// </summary>
internal sealed class WriteLoad(Cn2Client client, int writers)
{
    private const int FirstPort = 1000;
    private readonly ConcurrentDictionary<int, int> _acknowledged = new();
    private readonly ConcurrentDictionary<int, TimeSpan> _worst = new();
    private volatile bool _stopping;
    private Task _running = Task.CompletedTask;

    /// <summary>Longest time from one acknowledgement of a Service to its next, over all Services, since <see cref="ResetWorst"/>.</summary>
    public TimeSpan Worst => _worst.IsEmpty ? TimeSpan.Zero : _worst.Values.Max();

    /// <summary>Changes acknowledged.</summary>
    public int Acknowledged => _acknowledged.Values.Sum(port => port - FirstPort);

    public static string NameOf(int writer) => $"load-{writer}";

    public void Start() => _running = Task.WhenAll(Enumerable.Range(0, writers).Select(WriteAsync));

    public void ResetWorst() => _worst.Clear();

    /// <summary>Waits until every writer got another acknowledgement.</summary>
    public async Task EveryWriterGoesOnAsync(TimeSpan bound, Func<string> seen)
    {
        Dictionary<int, int> before = _acknowledged.ToDictionary();
        await Until.TrueAsync(
            "every Service takes writes again",
            bound,
            () => Task.FromResult(Enumerable.Range(0, writers).All(writer => _acknowledged.GetValueOrDefault(writer) > before.GetValueOrDefault(writer))),
            () => $"stuck: {string.Join(' ', Enumerable.Range(0, writers).Where(writer => _acknowledged.GetValueOrDefault(writer) <= before.GetValueOrDefault(writer)))}\n{seen()}");
    }

    /// <summary>Ends the writers; those that wait for an acknowledgement get it first.</summary>
    public async Task StopAsync()
    {
        _stopping = true;
        await _running.WaitAsync(TimeSpan.FromSeconds(120));
    }

    /// <summary>Reads every Service back through a client: it must have what was acknowledged last.</summary>
    public async Task VerifyAsync(Cn2Client reader)
    {
        for (int writer = 0; writer < writers; writer++)
        {
            Service service = await reader.Services.GetAsync(new GetServiceRequest { Namespace = "default", Name = NameOf(writer) });
            Assert.Equal(_acknowledged[writer], service.Spec.Ports[0].Port);
        }
    }

    private async Task WriteAsync(int writer)
    {
        for (int port = FirstPort + 1; !_stopping; port++)
        {
            long began = Stopwatch.GetTimestamp();
            while (!await TryAsync(NameOf(writer), port))
            {
                Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(120), $"{NameOf(writer)} takes no write");
            }

            TimeSpan took = Stopwatch.GetElapsedTime(began);
            _worst.AddOrUpdate(writer, took, (_, worst) => took > worst ? took : worst);
            _acknowledged[writer] = port;
        }
    }

    private Task<bool> TryAsync(string name, int port) => Samples.AnsweredAsync(
        async () => await client.Services.ApplyAsync(Samples.Service(name, port), deadline: DateTime.UtcNow.AddSeconds(10)));
}
