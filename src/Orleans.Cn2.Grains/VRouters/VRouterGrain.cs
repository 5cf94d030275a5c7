using System.Collections.Immutable;
using System.Diagnostics;
using System.IO.Hashing;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Southbound;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Grains.Hosting;
using Orleans.Cn2.Grains.Progress;
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
    TableRelay relay,
    ProgressReporter progress,
    VRouterMeter meter,
    ILocalSiloDetails silo,
    IOptions<Cn2GrainsOptions> options,
    TimeProvider time,
    ILogger<VRouterGrain> log)
    : Grain, IVRouterGrain
{
    private static readonly ActivitySource Source = new("Orleans.Cn2.VRouters");
    private static readonly TimeSpan PullWait = TimeSpan.FromSeconds(1);
    private readonly Signal _woken = new();
    private readonly NodeShard?[] _compiled = new NodeShard?[ShardMap.Shards];
    private WorkerQueries _queries = null!;
    private VRouterSession? _session;
    private VRouterSession? _latest;
    private WorkerHello? _lastHello;
    private DateTimeOffset? _lastHeard;
    private bool _supersededByBoot;
    private ulong _lastSession;
    private NodeView _node = null!;
    private ulong _view;
    private NodeSpec? _spec;
    private (NodeSpec Spec, ClusterFacts Facts, NodeConfig Config)? _config;

    private string Name => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _queries = new WorkerQueries(Name, time);
        See(new NodeView(Name, null));
        relay.Follow(_woken);
        this.RegisterGrainTimer(CheckAsync, new GrainTimerCreationOptions(options.Value.Heartbeat, options.Value.Heartbeat) { Interleave = true });
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        relay.Unfollow(_woken);
        progress.Forget(Name);
        meter.Remove(Name);
        return Task.CompletedTask;
    }

    public async Task<AttachOutcome> Attach(WorkerHello hello)
    {
        if (!await RefreshAsync())
        {
            return Refuse(AttachRefusal.UnknownNode);
        }

        if (ProtocolRange.Own.CommonWith(new ProtocolRange(hello.ProtocolMin, hello.ProtocolMax)) is not uint protocol)
        {
            return Refuse(AttachRefusal.Protocol);
        }

        // The same boot is the same worker on a new stream: its state directory is locked against a second one.
        if (_lastHello is { } known && hello.Boot < known.Boot)
        {
            return Refuse(AttachRefusal.Superseded);
        }

        _supersededByBoot = _session is not null && hello.Boot > _session.Hello.Boot;
        _lastSession = Math.Max(_lastSession + 1, (ulong)time.GetUtcNow().UtcTicks);
        VRouterSession session = new(_lastSession, hello, time);
        foreach (ShardHolding holding in hello.Shards.Where(IsShard))
        {
            session.Take(holding);
        }

        if (_latest is { } former)
        {
            session.Resume(former);
        }

        for (int shard = 0; shard < ShardMap.Shards; shard++)
        {
            session.Compare(shard, Compiled(shard), _view);
        }

        (_session, _latest, _lastHello, _lastHeard) = (session, session, hello, session.LastHeard);
        _woken.Raise();
        log.Attached(Name, hello.Boot, Enumerable.Range(0, ShardMap.Shards).Count(shard => session.Held(shard) is not null), ShardMap.Shards);
        meter.Attached(Name);
        await GrainFactory.GetGrain<INodeGrain>(Name).StreamUp(session.Id);

        // A fence that is asked for once the worker was welcomed waits for it.
        await progress.TellAsync(session.Progress(Name, live: true));
        return new AttachOutcome(AttachRefusal.None, session.Id, protocol, silo.Name, options.Value.Heartbeat, Config());
    }

    public async Task Detach(ulong session)
    {
        if (Current(session) is { } current)
        {
            (_session, _lastHeard) = (null, current.LastHeard);
            progress.Note(current.Progress(Name, live: false));
            meter.Remove(Name);
            _woken.Raise();
            log.Detached(Name);
            await GrainFactory.GetGrain<INodeGrain>(Name).StreamDown(session);
        }
    }

    public async Task<SouthboundBatch> Pull(ulong session, SentState sent)
    {
        Task woken = _woken.Next;
        SouthboundBatch batch = Batch(session, sent);
        if (!IsEmpty(batch))
        {
            return batch;
        }

        await Signal.WaitAsync(woken, PullWait, time);
        return Batch(session, sent);
    }

    public Task Ack(ulong session, WorkerAck ack)
    {
        if (Current(session) is not { } current)
        {
            return Task.CompletedTask;
        }

        DateTimeOffset now = time.GetUtcNow();
        current.Heard();
        foreach (ShardHolding holding in ack.Shards.Where(IsShard))
        {
            (Acknowledgement worth, IReadOnlyList<DateTimeOffset> changes) = current.Take(holding);
            if (worth is Acknowledgement.Distrusted or Acknowledgement.Mismatch)
            {
                log.Distrusted(Name, holding.Shard, worth);
                _woken.Raise();
            }

            foreach (DateTimeOffset committed in changes)
            {
                meter.Programmed(Name, now - committed);
            }
        }

        progress.Note(current.Progress(Name, live: true));
        return Task.CompletedTask;
    }

    public Task Nack(ulong session, WorkerNack nack)
    {
        if (Current(session) is { } current)
        {
            current.Heard();
            if (IsShard(nack.Shard) && current.Refuse(nack, relay[nack.Shard]) is { } noted)
            {
                log.Refused(Name, noted.Service, noted.Reason);
            }
        }

        return Task.CompletedTask;
    }

    public Task Report(ulong session, WorkerStats stats)
    {
        if (Current(session) is { } current)
        {
            current.Heard();
            current.Report(stats);
            meter.Report(Name, stats, InSync(current));
        }

        return Task.CompletedTask;
    }

    public Task Answer(ulong session, WorkerAnswer answer)
    {
        if (Current(session) is { } current)
        {
            current.Heard();
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
        foreach (ServiceTable table in Tables())
        {
            services++;
            paths += table.Frontends.Sum(frontend => frontend.Paths.Length);
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

    public async Task<ImmutableArray<ServiceTable>> GetTables()
    {
        // Nobody may have attached yet, and then the zone is not known.
        await RefreshAsync();
        return [.. Tables().OrderBy(table => table.Name.Namespace, StringComparer.Ordinal).ThenBy(table => table.Name.Name, StringComparer.Ordinal)];
    }

    private static AttachOutcome Refuse(AttachRefusal refusal) => new(refusal, 0, 0, "", TimeSpan.Zero, null);

    private static bool IsEmpty(SouthboundBatch batch) =>
        batch.Config is null && batch.Goodbye is null && batch.Updates.IsEmpty && batch.Queries.IsEmpty;

    private static bool IsShard(ShardHolding holding) => IsShard(holding.Shard);

    private static bool IsShard(int shard) => shard is >= 0 and < ShardMap.Shards;

    private SouthboundBatch Batch(ulong session, SentState sent)
    {
        if (Current(session) is not { } current)
        {
            bool superseded = _session is not null && _supersededByBoot;
            return new SouthboundBatch(null, [], [], new Goodbye(superseded ? "a newer worker of this node attached" : "this session ended", superseded));
        }

        // Positions in what was sent, counted from 1; 0 where nothing was.
        Span<int> held = stackalloc int[ShardMap.Shards];
        for (int i = 0; i < sent.Shards.Length; i++)
        {
            if (IsShard(sent.Shards[i].Shard))
            {
                held[sent.Shards[i].Shard] = i + 1;
            }
        }

        DateTimeOffset now = time.GetUtcNow();
        ImmutableArray<ShardUpdate>.Builder updates = ImmutableArray.CreateBuilder<ShardUpdate>();
        SnapshotTally snapshots = new();
        for (int shard = 0; shard < ShardMap.Shards; shard++)
        {
            if (current.Plan(shard, Compiled(shard), _view, held[shard] == 0 ? null : sent.Shards[held[shard] - 1], now, snapshots) is { } update)
            {
                updates.Add(Traced(update));
            }
        }

        if (snapshots.All > 0)
        {
            log.Snapshots(Name, snapshots.All, snapshots.Fresh, snapshots.Behind, snapshots.Distrusted);
        }

        if (current.HasNews)
        {
            progress.Note(current.Progress(Name, live: true));
        }

        NodeConfig? config = Config();
        return new SouthboundBatch(
            sent.ConfigRevision == config?.Revision ? null : config, updates.ToImmutable(), _queries.HasUnsent ? _queries.Take() : [], null);
    }

    // The change's trace goes on here: whoever applies the update continues from this span.
    private ShardUpdate Traced(ShardUpdate update)
    {
        if (update.Traceparent is null)
        {
            return update;
        }

        using Activity? activity = Source.StartActivity("vrouter.update", ActivityKind.Producer, update.Traceparent)
            ?.SetTag("cn2.node", Name).SetTag("cn2.shard", update.Shard).SetTag("cn2.version", update.To.ToString());
        return activity is null ? update : update with { Traceparent = activity.Id };
    }

    private NodeShard Compiled(int shard) => _compiled[shard] = NodeShard.Of(relay[shard], _node, _compiled[shard]);

    private IEnumerable<ServiceTable> Tables() =>
        Enumerable.Range(0, ShardMap.Shards).SelectMany(shard => Compiled(shard).Tables).Where(table => !table.Frontends.IsEmpty);

    private bool InSync(VRouterSession session) => Enumerable.Range(0, ShardMap.Shards).All(shard => session.Holds(shard, Compiled(shard)));

    private VRouterSession? Current(ulong session) => _session is { } current && current.Id == session ? current : null;

    private void RequireAttached()
    {
        if (_session is null)
        {
            throw new FailedPreconditionException("VRouter", Name, $"no worker of node {Name} is attached");
        }
    }

    private async Task CheckAsync(CancellationToken cancellation)
    {
        if (_session is not { } session)
        {
            return;
        }

        if (session.Silence > options.Value.Heartbeat * 3)
        {
            log.Silent(Name, options.Value.Heartbeat * 3);
            await Detach(session.Id);
            return;
        }

        if (!await RefreshAsync())
        {
            await Detach(session.Id);
            return;
        }

        // Meanwhile the stream may have ended, or a newer one begun: the node would take the older one for the one that stands.
        if (Current(session.Id) is not null)
        {
            await GrainFactory.GetGrain<INodeGrain>(Name).StreamUp(session.Id);
        }
    }

    // False when the node is not registered.
    private async Task<bool> RefreshAsync()
    {
        if (await GrainFactory.GetGrain<INodeGrain>(Name).Get() is not { } view)
        {
            return false;
        }

        _spec = view.Spec;
        if (_node.Zone != view.Spec.Zone)
        {
            See(new NodeView(Name, view.Spec.Zone));
            _woken.Raise();
        }

        return true;
    }

    // The view's version is the same on every silo and after every restart, so that what a worker holds stays valid.
    private void See(NodeView node) => (_node, _view) = (node, XxHash64.HashToUInt64(Encoding.UTF8.GetBytes($"{node.Name}/{node.Zone}")));

    // Null until the relay has read the cluster's facts; the first pull that has them brings the settings.
    private NodeConfig? Config()
    {
        if (_spec is not { } spec || relay.Facts is not { } facts)
        {
            return null;
        }

        if (_config is not { } known || !ReferenceEquals(known.Spec, spec) || !ReferenceEquals(known.Facts, facts))
        {
            NodeConfig config = NodeConfigRules.Compile(spec, facts);
            _config = known = (spec, facts, config);
        }

        return known.Config;
    }
}
