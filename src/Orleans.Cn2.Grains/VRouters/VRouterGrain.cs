using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.Hashing;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Grains.Hosting;
using Orleans.Concurrency;
using Orleans.Placement;
using NodeView = Orleans.Cn2.Core.Tables.NodeView;

namespace Orleans.Cn2.Grains.VRouters;

/// <summary>
/// The vRouter of a node. It is activated where its worker's stream ends and holds only the session; each batch is computed from what was sent, so that a
/// restart of this grain costs the worker nothing but a new session.
/// </summary>
[PreferLocalPlacement]
[Reentrant]
internal sealed class VRouterGrain(
    TableRelay relay, VRouterMeter meter, ILocalSiloDetails silo, IOptions<Cn2GrainsOptions> options, TimeProvider time, ILogger<VRouterGrain> log)
    : Grain, IVRouterGrain
{
    private const uint Protocol = 1;
    private static readonly TimeSpan PullWait = TimeSpan.FromSeconds(1);
    private readonly Signal _woken = new();
    private WorkerQueries _queries = null!;
    private VRouterSession? _session;
    private WorkerHello? _lastHello;
    private DateTimeOffset? _lastHeard;
    private bool _supersededByBoot;
    private ulong _lastSession;
    private NodeView _node = null!;
    private NodeConfig _config = null!;

    private string Name => this.GetPrimaryKeyString();

    // The same on every silo and after every restart, so that a worker's view stays valid.
    private ulong View => XxHash64.HashToUInt64(Encoding.UTF8.GetBytes($"{_node.Name}/{_node.Zone}"));

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _queries = new WorkerQueries(Name, time);
        _node = new NodeView(Name, null);
        this.RegisterGrainTimer(CheckAsync, new GrainTimerCreationOptions(options.Value.Heartbeat, options.Value.Heartbeat) { Interleave = true });
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        relay.Forget(Name);
        meter.Remove(Name);
        return Task.CompletedTask;
    }

    public async Task<AttachOutcome> Attach(WorkerHello hello)
    {
        if (await RefreshAsync() is not { } config)
        {
            return Refuse(AttachRefusal.UnknownNode);
        }

        if (hello.ProtocolMin > Protocol || hello.ProtocolMax < Protocol)
        {
            return Refuse(AttachRefusal.Protocol);
        }

        // The same boot is the same worker on a new stream: its state directory is locked against a second one.
        if (_lastHello is { } known && hello.Boot < known.Boot)
        {
            return Refuse(AttachRefusal.Superseded);
        }

        DateTimeOffset now = time.GetUtcNow();
        _supersededByBoot = _session is not null && hello.Boot > _session.Hello.Boot;
        _lastSession = Math.Max(_lastSession + 1, (ulong)now.UtcTicks);
        VRouterSession session = new(_lastSession, hello, now);
        session.Hold(hello.Shards);
        (_session, _lastHello, _lastHeard) = (session, hello, now);
        _woken.Raise();
        await GrainFactory.GetGrain<INodeGrain>(Name).StreamUp(session.Id);
        relay.Acknowledge(session.Progress(Name, live: true));
        return new AttachOutcome(AttachRefusal.None, session.Id, Protocol, silo.Name, options.Value.Heartbeat, config);
    }

    public async Task Detach(ulong session)
    {
        if (_session is { } current && current.Id == session)
        {
            _session = null;
            relay.Acknowledge(current.Progress(Name, live: false));
            meter.Remove(Name);
            _woken.Raise();
            await GrainFactory.GetGrain<INodeGrain>(Name).StreamDown(session);
        }
    }

    public async Task<SouthboundBatch> Pull(ulong session, SentState sent)
    {
        Task changed = relay.Changed.Next;
        Task woken = _woken.Next;
        SouthboundBatch batch = Batch(session, sent);
        if (!IsEmpty(batch))
        {
            return batch;
        }

        await Signal.WaitAsync(Task.WhenAny(changed, woken), PullWait, time);
        return Batch(session, sent);
    }

    public Task Ack(ulong session, WorkerAck ack)
    {
        if (Current(session) is { } current)
        {
            current.Heard(time.GetUtcNow());
            current.Hold(ack.Shards);
            foreach (ShardHolding holding in ack.Shards)
            {
                if (current.CommittedAt(holding) is { } committed)
                {
                    meter.Programmed(Name, time.GetUtcNow() - committed);
                }
            }

            relay.Acknowledge(current.Progress(Name, live: true));
        }

        return Task.CompletedTask;
    }

    public Task Nack(ulong session, WorkerNack nack)
    {
        if (Current(session) is { } current)
        {
            current.Heard(time.GetUtcNow());
            current.Refuse(nack);
            log.Refused(Name, nack.Service, nack.Reason);
        }

        return Task.CompletedTask;
    }

    public Task Report(ulong session, WorkerStats stats)
    {
        if (Current(session) is { } current)
        {
            current.Heard(time.GetUtcNow());
            current.Report(stats);
            meter.Report(Name, stats, InSync(current), ServiceNames());
        }

        return Task.CompletedTask;
    }

    public Task Answer(ulong session, WorkerAnswer answer)
    {
        if (Current(session) is { } current)
        {
            current.Heard(time.GetUtcNow());
            _queries.Answer(answer);
        }

        return Task.CompletedTask;
    }

    public async Task<PacketAnswer> Explain(PacketQuestion question, TimeSpan timeout)
    {
        RequireAttached();
        WorkerAnswer answer = await _queries.AskAsync(id => new WorkerQuery(id, question, null), timeout, _woken.Raise);
        return answer.Explanation ?? throw new OutcomeUnknownException("VRouter", Name, $"the worker of {Name} answered another question");
    }

    public async Task<ImmutableArray<FlowAnswer>> Flows(FlowQuestion question, TimeSpan timeout)
    {
        RequireAttached();
        WorkerAnswer answer = await _queries.AskAsync(id => new WorkerQuery(id, null, question), timeout, _woken.Raise);
        return answer.Flows ?? throw new OutcomeUnknownException("VRouter", Name, $"the worker of {Name} answered another question");
    }

    public Task<VRouterStatus> GetStatus()
    {
        int services = 0;
        int paths = 0;
        for (int shard = 0; shard < ShardMap.Shards; shard++)
        {
            foreach (RelayedService service in relay[shard].Services.Values.Where(service => service.Published.Entry.IsForwarded))
            {
                services++;
                paths += service.TableAt(_node).Frontends.Sum(frontend => frontend.Paths.Length);
            }
        }

        return Task.FromResult(new VRouterStatus(
            _session is not null,
            _lastHello,
            _session is { } session && InSync(session),
            services,
            paths,
            _session?.Stats,
            [.. _session?.Nacks ?? []],
            _session?.LastHeard ?? _lastHeard));
    }

    public Task<ImmutableArray<ServiceTable>> GetTables() => Task.FromResult<ImmutableArray<ServiceTable>>(
        [.. Enumerable.Range(0, ShardMap.Shards)
            .SelectMany(shard => relay[shard].Services.Values.Where(service => service.Published.Entry.IsForwarded).Select(service => service.TableAt(_node)))
            .OrderBy(table => table.Name.Namespace, StringComparer.Ordinal).ThenBy(table => table.Name.Name, StringComparer.Ordinal)]);

    private static AttachOutcome Refuse(AttachRefusal refusal) => new(refusal, 0, 0, "", TimeSpan.Zero, null);

    private static bool IsEmpty(SouthboundBatch batch) =>
        batch.Config is null && batch.Goodbye is null && batch.Updates.IsEmpty && batch.Queries.IsEmpty;

    private SouthboundBatch Batch(ulong session, SentState sent)
    {
        if (Current(session) is not { } current)
        {
            bool superseded = _session is not null && _supersededByBoot;
            return new SouthboundBatch(null, [], [], new Goodbye(superseded ? "a newer worker of this node attached" : "this session ended", superseded));
        }

        ShardHolding?[] held = new ShardHolding?[ShardMap.Shards];
        foreach (ShardHolding holding in sent.Shards)
        {
            held[holding.Shard] = holding;
        }

        ImmutableArray<ShardUpdate>.Builder updates = ImmutableArray.CreateBuilder<ShardUpdate>();
        DateTimeOffset now = time.GetUtcNow();
        for (int shard = 0; shard < ShardMap.Shards; shard++)
        {
            if (UpdatePlanner.Plan(shard, relay[shard], _node, View, held[shard], now) is { } update)
            {
                current.Sent(update);
                updates.Add(update);
            }
        }

        return new SouthboundBatch(
            sent.ConfigRevision == _config.Revision ? null : _config, updates.ToImmutable(), _queries.HasUnsent ? _queries.Take() : [], null);
    }

    private bool InSync(VRouterSession session)
    {
        for (int shard = 0; shard < ShardMap.Shards; shard++)
        {
            ShardTable table = relay[shard];
            if (session.Held(shard) is not { } held || held.Version != table.Version || held.Digest != table.DigestAt(_node))
            {
                return false;
            }
        }

        return true;
    }

    private VRouterSession? Current(ulong session) => _session is { } current && current.Id == session ? current : null;

    private void RequireAttached()
    {
        if (_session is null)
        {
            throw new FailedPreconditionException("VRouter", Name, $"no worker of node {Name} is attached");
        }
    }

    private IEnumerable<(ulong Id, ServiceTable Service)> ServiceNames() =>
        from shard in Enumerable.Range(0, ShardMap.Shards)
        from service in relay[shard].Services.Values
        let table = service.TableAt(_node)
        from frontend in table.Frontends
        select (frontend.Id, table);

    private async Task CheckAsync(CancellationToken cancellation)
    {
        if (_session is not { } session)
        {
            return;
        }

        if (time.GetUtcNow() - session.LastHeard > options.Value.Heartbeat * 3)
        {
            log.Silent(Name, options.Value.Heartbeat * 3);
            _lastHeard = session.LastHeard;
            await Detach(session.Id);
            return;
        }

        NodeConfig before = _config;
        if (await RefreshAsync() is null)
        {
            await Detach(session.Id);
            return;
        }

        if (before.Revision != _config.Revision)
        {
            _woken.Raise();
        }

        await GrainFactory.GetGrain<INodeGrain>(Name).StreamUp(session.Id);
    }

    private async Task<NodeConfig?> RefreshAsync()
    {
        if (await GrainFactory.GetGrain<INodeGrain>(Name).Get() is not { } view)
        {
            return null;
        }

        IClusterGrain cluster = GrainFactory.GetGrain<IClusterGrain>(IClusterGrain.Key);
        ClusterIdentity identity = await cluster.GetIdentity();
        ClusterInventory inventory = await cluster.GetInventory();
        NodeConfig config = new(
            0,
            [.. inventory.Subnets.Where(subnet => subnet.Purpose != SubnetPurpose.Pod).SelectMany(subnet => subnet.Prefixes)],
            view.Spec.Addresses,
            [.. view.Spec.PodPrefixes.Where(prefix => prefix.HostBits > 1).Select(prefix => prefix.At(1))],
            identity.HashKey);
        _node = new NodeView(Name, view.Spec.Zone);
        return _config = config with { Revision = RevisionOf(config) };
    }

    // A hash of the content: the same settings have the same revision wherever and whenever they are compiled.
    private static ulong RevisionOf(NodeConfig config)
    {
        string text = string.Join(
            ';', string.Join(',', config.ServiceSubnets), string.Join(',', config.NodeAddresses), string.Join(',', config.SnatAddresses), config.HashKey);
        return Math.Max(1, BinaryPrimitives.ReadUInt64LittleEndian(XxHash64.Hash(Encoding.UTF8.GetBytes(text))));
    }
}
