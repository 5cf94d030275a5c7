using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Net.Client;
using Orleans.Cn2.Bench.Control.Load;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Testing.Southbound;

namespace Orleans.Cn2.Bench.Control.Costs;

/// <summary>A VMI of a full control plane changes its weight: how long until workers acknowledged the table of its Service.</summary>
internal sealed class ChangeCost : IAsyncDisposable
{
    private const int StreamsOfChannel = 100;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private readonly FullControlPlane _full;
    private readonly string _server;
    private readonly Cn2Client _client;
    private readonly List<GrpcChannel> _channels = [];
    private readonly ConcurrentBag<StreamWorker> _workers = [];
    private readonly ConcurrentDictionary<uint, ShardState> _held = [];
    private AwaitedChange? _awaited;
    private int _changes;

    private ChangeCost(string server, FullControlPlane full) => (_server, _full, _client) = (server, full, Cn2Client.Connect(server));

    /// <summary>Connects one worker, which takes all tables.</summary>
    public static async Task<ChangeCost> StartAsync(string server, FullControlPlane full)
    {
        ChangeCost cost = new(server, full);
        TableTally tally = new(full.Services);
        await cost.AttachAsync(0, [], tally.Take);
        await tally.Complete;
        return cost;
    }

    /// <summary>Connects workers until there are this many; those that come hold what the first one does, as after a silo's restart.</summary>
    public async Task AttachAllAsync(int workers)
    {
        ShardState[] held = [.. _held.Values];
        await Parallel.ForEachAsync(
            Enumerable.Range(1, workers - 1), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (node, _) => await AttachAsync(node, held, null));
    }

    /// <summary>Milliseconds from the call to the acknowledgement of the only worker.</summary>
    public Task<double[]> ToOneAsync(int count) => MeasureAsync(count);

    /// <summary>Milliseconds from the call to the last acknowledgement of all workers.</summary>
    public Task<double[]> ToAllAsync(int count) => MeasureAsync(count);

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_workers.Select(worker => worker.DisposeAsync().AsTask()));
        _channels.ForEach(channel => channel.Dispose());
        _client.Dispose();
    }

    private async Task<double[]> MeasureAsync(int count)
    {
        const int warmUp = 50;
        List<double> took = [];
        for (int i = -warmUp; i < count; i++)
        {
            int service = _changes * 37 % _full.Services;
            AwaitedChange change = new(FullControlPlane.ServiceName(service), _workers.Count);
            Volatile.Write(ref _awaited, change);
            UpdateVmiRequest request = new() { Namespace = FullControlPlane.NamespaceOf(service), Name = FullControlPlane.VmiName(service, 0), Weight = (uint)(1_000 + _changes++) };
            long began = Stopwatch.GetTimestamp();
            await Requests.KnownAsync(() => _client.Vmis.UpdateAsync(request));
            await change.Done.WaitAsync(Bound);
            if (i >= 0)
            {
                took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        }

        return [.. took];
    }

    private async Task AttachAsync(int node, ShardState[] held, Action<Update>? told)
    {
        StreamWorker worker = await StreamWorker.ConnectAsync(
            ChannelOf(node),
            FullControlPlane.NodeName(node),
            (_, update) =>
            {
                told?.Invoke(update);
                if (node == 0 && update.LastChunk)
                {
                    _held[update.To.Shard] = new ShardState { Version = update.To, Digest = update.Digest };
                }

                Volatile.Read(ref _awaited)?.Take(update);
            },
            held);
        _workers.Add(worker);
    }

    private GrpcChannel ChannelOf(int node)
    {
        lock (_channels)
        {
            while (_channels.Count <= node / StreamsOfChannel)
            {
                _channels.Add(Channels.Open(_server));
            }

            return _channels[node / StreamsOfChannel];
        }
    }
}
