using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Health;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Worker.Control;
using Orleans.Cn2.Worker.Tables;
using Orleans.Cn2.Worker.Telemetry;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Worker.Tests;

/// <summary>What a worker says of its tables while a stream is up.</summary>
public sealed class ControlStreamTests : IAsyncDisposable
{
    private static readonly ServiceTable Old = Updates.Service("old", 2);
    private static readonly ServiceTable Fresh = Updates.At(Updates.ServiceInAnotherShard(Old), Old.Frontends[0].Address);
    private static readonly int OldShard = ShardMap.ShardOf(Old.Name);
    private static readonly int FreshShard = ShardMap.ShardOf(Fresh.Name);

    private readonly Scratch _scratch = new();
    private readonly FakeSilo _silo = new();
    private readonly HealthBook _health = new();
    private readonly WorkerTelemetry _telemetry = new();
    private readonly ManagedPlane _plane = new();
    private readonly ControlStream _stream;
    private readonly Task _running;

    public ControlStreamTests()
    {
        _stream = new ControlStream(
            _plane, new TableApplier(_plane, _telemetry), new HeldVersions(_scratch.Path), _health, _telemetry, _silo.Time, NullLogger<ControlStream>.Instance);
        _silo.Say(new Proto.ControlMessage { Welcome = new Proto.Welcome { Protocol = 1, HeartbeatSeconds = 5 } });
        _running = _stream.RunAsync(new Proto.VRouter.VRouterClient(_silo), new Proto.Hello { Node = "one" }, () => { }, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Address_OfAServiceWhoseEndComesLater_IsRejectedThenProgrammedAndAcknowledged()
    {
        _silo.Say(Updates.Snapshot(OldShard, 5, Old));
        Assert.Equal(Updates.Version(OldShard, 5), (await _silo.NextAsync()).Ack.Shards[0].Version);
        _silo.Say(Updates.Snapshot(FreshShard, 1));
        Assert.Equal(Updates.Version(FreshShard, 1), (await _silo.NextAsync()).Ack.Shards[0].Version);

        _silo.Say(Updates.Delta(FreshShard, 1, 2, TableDigest.Of(Fresh), [Fresh]));

        Proto.Nack nack = (await _silo.NextAsync()).Nack;
        Assert.Equal((Fresh.Uid.ToString(), Updates.Version(FreshShard, 1)), (nack.ServiceUid, nack.Version));
        Assert.Equal(Updates.Version(FreshShard, 1), (await _silo.NextAsync()).Ack.Shards[0].Version);
        Assert.True(Assert.Single(_health.Read(), part => part.Part == ControlLoop.Rejected).IsFaulty);

        _silo.Say(Updates.Delta(OldShard, 5, 6, default, [], Old.Uid));

        Assert.Equal(Updates.Version(OldShard, 6), (await _silo.NextAsync()).Ack.Shards[0].Version);
        Proto.ShardState programmed = (await _silo.NextAsync()).Ack.Shards[0];
        Assert.Equal((Updates.Version(FreshShard, 2), ProtoTables.ToProto(TableDigest.Of(Fresh))), (programmed.Version, programmed.Digest));
        Assert.Equal(TableDigest.Of(Fresh), _plane.ReadDigest(FreshShard));
        Assert.DoesNotContain(_health.Read(), part => part.IsFaulty);
    }

    [Fact]
    public async Task Snapshot_WithARejectedService_IsAcknowledgedOnceThereIsRoom()
    {
        _plane.Apply(new TableChange(OldShard, Complete: true, [Old], []));
        _silo.Say(Updates.Snapshot(FreshShard, 7, Fresh));
        Assert.Equal(Fresh.Uid.ToString(), (await _silo.NextAsync()).Nack.ServiceUid);

        // Not an update, but time: as when a scan gave path ids back.
        _plane.Apply(new TableChange(OldShard, Complete: true, [], []));

        Assert.Equal(Updates.Version(FreshShard, 7), (await _silo.NextAsync()).Ack.Shards[0].Version);
    }

    [Fact]
    public async Task Tables_ChangedByOthersWhileTheStreamIsUp_AreAskedForWithinAMinute()
    {
        _silo.Say(Updates.Snapshot(OldShard, 5, Old));
        await _silo.NextAsync();
        DateTimeOffset changed = _silo.Time.GetUtcNow();
        _plane.Apply(new TableChange(OldShard, Complete: true, [], []));

        Proto.ShardState distrusted = (await _silo.NextAsync()).Ack.Shards[0];

        Assert.Equal(((uint)OldShard, 0UL), (distrusted.Version.Shard, distrusted.Version.Epoch));
        Assert.InRange((_silo.Time.GetUtcNow() - changed).TotalSeconds, 0, 70);
        Assert.True(Assert.Single(_health.Read(), part => part.Part == ControlLoop.Tables).IsFaulty);

        _silo.Say(Updates.Snapshot(OldShard, 5, Old));
        Assert.Equal(Updates.Version(OldShard, 5), (await _silo.NextAsync()).Ack.Shards[0].Version);
        Assert.DoesNotContain(_health.Read(), part => part.IsFaulty);
    }

    public async ValueTask DisposeAsync()
    {
        _silo.Close();
        await _running;
        _stream.Dispose();
        _telemetry.Dispose();
        await _plane.DisposeAsync();
        _scratch.Dispose();
    }
}
