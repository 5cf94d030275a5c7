using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Testing.Histories;
using Orleans.Cn2.Testing.Southbound;
using Orleans.Cn2.Transport;

namespace Orleans.Cn2.Testing.Faults;

/// <summary>
/// The worker of a node, which keeps its tables over all streams, goes from silo to silo as they die, and writes down when its tables led where. As a data
/// plane does, it holds on to what it has while nobody tells it anything.
/// </summary>
internal sealed class RecordingWorker : IAsyncDisposable
{
    private static readonly TimeSpan Ping = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);

    private readonly History _history;
    private readonly string _node;
    private readonly Func<IReadOnlyList<string>> _endpoints;
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<uint, ShardState> _held = [];
    private readonly Dictionary<string, (uint Shard, Dictionary<string, TimeSpan> Addresses)> _tables = [];
    private readonly Dictionary<uint, List<Update>> _chunks = [];
    private readonly Lock _gate = new();
    private readonly Task _running;
    private CancellationTokenSource _cut = new();
    private Task _back = Task.CompletedTask;

    /// <param name="history">Takes what the tables held.</param>
    /// <param name="node">A registered node.</param>
    /// <param name="endpoints">Where silos serve now.</param>
    public RecordingWorker(History history, string node, Func<IReadOnlyList<string>> endpoints)
    {
        (_history, _node, _endpoints) = (history, node, endpoints);
        _running = Task.Run(RunAsync);
    }

    /// <summary>Addresses that its tables lead from, by uid.</summary>
    public IReadOnlyDictionary<string, string[]> Tables
    {
        get
        {
            lock (_gate)
            {
                return _tables.ToDictionary(table => table.Key, table => table.Value.Addresses.Keys.Order(StringComparer.Ordinal).ToArray());
            }
        }
    }

    /// <summary>Ends the stream in the middle of whatever it is at. Another begins after this time; till then its tables lead on.</summary>
    public async Task CutAsync(TimeSpan away)
    {
        Task back = Pause.OfAsync(away);
        lock (_gate)
        {
            _back = back;
            _cut.Cancel();
            _cut = new CancellationTokenSource();
        }

        await back;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await CutAsync(TimeSpan.Zero);
        await _running;
        lock (_gate)
        {
            foreach (string uid in _tables.Keys.ToArray())
            {
                Replace(uid, 0, []);
            }
        }

        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        for (int turn = 0; !_stop.IsCancellationRequested; turn++)
        {
            IReadOnlyList<string> endpoints = _endpoints();
            try
            {
                await ServeAsync(endpoints[turn % endpoints.Count]);
            }
            catch (Exception gone) when (gone is RpcException or IOException or TimeoutException or OperationCanceledException)
            {
                await Task.WhenAll(_back, Pause.OfAsync(Between));
            }
        }
    }

    private async Task ServeAsync(string endpoint)
    {
        CancellationToken cut;
        ShardState[] held;
        lock (_gate)
        {
            (cut, held) = (_cut.Token, [.. _held.Values]);
            _chunks.Clear();
        }

        using GrpcChannel channel = Cn2Endpoint.Parse(endpoint).Open(new Cn2Credentials(), Ping);
        await using StreamWorker worker = await StreamWorker.ConnectAsync(channel, _node, held: held, apply: update => Apply(update, cut)).WaitAsync(cut);
        await worker.Ended.WaitAsync(cut);
    }

    private void Apply(Update update, CancellationToken cut)
    {
        lock (_gate)
        {
            // A stream that was cut changes nothing any more: the next one said already what is held.
            cut.ThrowIfCancellationRequested();
            uint shard = update.To.Shard;
            List<Update> chunks = _chunks.TryGetValue(shard, out List<Update>? begun) ? begun : _chunks[shard] = [];
            chunks.Add(update);
            if (update.LastChunk)
            {
                _chunks.Remove(shard);
                Apply(shard, chunks);
                _held[shard] = new ShardState { Version = update.To, Digest = update.Digest };
            }
        }
    }

    private void Apply(uint shard, List<Update> chunks)
    {
        HashSet<string> kept = [.. chunks.SelectMany(chunk => chunk.Upserts).Select(table => table.Uid)];
        IEnumerable<string> gone = chunks[0].Snapshot
            ? _tables.Where(table => table.Value.Shard == shard && !kept.Contains(table.Key)).Select(table => table.Key)
            : chunks.SelectMany(chunk => chunk.Deletes);

        // What goes goes first, as in a data plane: an address may come back as another's in the same change.
        foreach (string uid in gone.ToArray())
        {
            Replace(uid, shard, []);
        }

        foreach (ServiceTable table in chunks.SelectMany(chunk => chunk.Upserts))
        {
            Replace(table.Uid, shard, [.. table.Frontends.Select(frontend => new IPAddress(frontend.Address.Span).ToString())]);
        }
    }

    private void Replace(string uid, uint shard, HashSet<string> addresses)
    {
        TimeSpan now = _history.Now;
        (_, Dictionary<string, TimeSpan> held) = _tables.TryGetValue(uid, out var before) ? before : (shard, []);
        foreach ((string address, TimeSpan since) in held.Where(each => !addresses.Contains(each.Key)).ToArray())
        {
            held.Remove(address);
            _history.Add(new Holding(_node, uid, address, since, _stop.IsCancellationRequested ? TimeSpan.MaxValue : now));
        }

        foreach (string address in addresses)
        {
            held.TryAdd(address, now);
        }

        _tables[uid] = (shard, held);
        if (held.Count == 0)
        {
            _tables.Remove(uid);
        }
    }
}
