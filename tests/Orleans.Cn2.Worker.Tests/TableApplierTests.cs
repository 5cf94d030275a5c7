using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Worker.Control;
using Orleans.Cn2.Worker.Tables;
using Orleans.Cn2.Worker.Telemetry;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Worker.Tests;

public sealed class TableApplierTests : IAsyncDisposable
{
    private static readonly ServiceTable Web = Updates.Service("web", 3);
    private static readonly int Shard = ShardMap.ShardOf(Web.Name);
    private readonly WorkerTelemetry _telemetry = new();
    private readonly ManagedPlane _plane = new();

    [Fact]
    public void Apply_Snapshot_IsHeldAtItsVersion()
    {
        TableApplier applier = new(_plane, _telemetry);

        UpdateOutcome outcome = applier.Apply(Updates.Snapshot(Shard, 5, Web));

        Assert.Null(outcome.Fault);
        Assert.Equal(Updates.Version(Shard, 5), applier.State((uint)Shard).Version);
        Assert.Equal(TableDigest.Of(Web), _plane.ReadDigest(Shard));
        Assert.Null(applier.Audit(Shard));
    }

    [Fact]
    public void Apply_DeltaThatContinues_ReplacesAndRemoves()
    {
        TableApplier applier = new(_plane, _telemetry);
        ServiceTable grown = Updates.Service("web", 5, generation: 2);
        applier.Apply(Updates.Snapshot(Shard, 5, Web));

        Assert.Null(applier.Apply(Updates.Delta(Shard, 5, 6, TableDigest.Of(grown), [grown])).Fault);
        Assert.Equal(TableDigest.Of(grown), _plane.ReadDigest(Shard));
        Assert.Null(applier.Apply(Updates.Delta(Shard, 6, 7, default, [], grown.Uid)).Fault);
        Assert.Empty(_plane.ReadTables());
    }

    [Fact]
    public void Apply_DeltaFromAnotherVersion_IsRefusedAndAsksForASnapshot()
    {
        TableApplier applier = new(_plane, _telemetry);
        applier.Apply(Updates.Snapshot(Shard, 5, Web));

        UpdateOutcome outcome = applier.Apply(Updates.Delta(Shard, 4, 6, default, [], Web.Uid));

        Assert.NotNull(outcome.Fault);
        Assert.Equal(0UL, applier.State((uint)Shard).Version.Epoch);
        Assert.Equal(TableDigest.Of(Web), _plane.ReadDigest(Shard));
    }

    [Fact]
    public void Apply_WrongDigest_DistrustsTheShard()
    {
        TableApplier applier = new(_plane, _telemetry);
        Proto.Update lying = Updates.Snapshot(Shard, 5, Web);
        lying.Digest.Low++;

        Assert.NotNull(applier.Apply(lying).Fault);
        Assert.Equal(0UL, applier.State((uint)Shard).Version.Epoch);
    }

    [Fact]
    public void Apply_MalformedRow_NamesTheFieldAndChangesNothing()
    {
        TableApplier applier = new(_plane, _telemetry);
        Proto.Update malformed = Updates.Snapshot(Shard, 5, Web);
        malformed.Upserts[0].Frontends[0].Paths[0].Weight = 70_000;

        UpdateOutcome outcome = applier.Apply(malformed);

        Assert.Contains("weight: 70000", outcome.Fault, StringComparison.Ordinal);
        Assert.Empty(_plane.ReadTables());
    }

    [Fact]
    public void Apply_Chunks_CountOnceTheLastOneIsThere()
    {
        TableApplier applier = new(_plane, _telemetry);
        ServiceTable other = Enumerable.Range(0, 1000).Select(i => Updates.Service($"s{i}", 1)).First(table => ShardMap.ShardOf(table.Name) == Shard);
        Proto.Update first = Updates.Snapshot(Shard, 5, Web);
        (first.LastChunk, first.Digest) = (false, null);
        Proto.Update last = Updates.Snapshot(Shard, 5, other);
        last.Digest = ProtoTables.ToProto(TableDigest.Of([Web, other]));

        Assert.False(applier.Apply(first).Complete);
        Assert.Empty(_plane.ReadTables());
        Assert.Null(applier.Apply(last).Fault);
        Assert.Equal(2, _plane.ReadTables().Count());
    }

    [Fact]
    public void Adopt_PlaneThatKeptItsTables_ResumesAtTheSavedVersion()
    {
        using Scratch scratch = new();
        HeldVersions held = new(scratch.Path);
        TableApplier before = new(_plane, _telemetry);
        before.Apply(Updates.Snapshot(Shard, 5, Web));
        held.Save(before.States);

        TableApplier after = new(_plane, _telemetry);
        after.Adopt(held.Load());

        Assert.Equal(Updates.Version(Shard, 5), after.State((uint)Shard).Version);
    }

    [Fact]
    public void Adopt_PlaneThatLostItsTables_TrustsNoSavedVersion()
    {
        TableApplier before = new(_plane, _telemetry);
        before.Apply(Updates.Snapshot(Shard, 5, Web));

        TableApplier after = new(new ManagedPlane(), _telemetry);
        after.Adopt(before.States);

        Assert.Empty(after.States);
    }

    [Fact]
    public void Audit_PlaneThatDiffers_DistrustsTheShard()
    {
        TableApplier applier = new(_plane, _telemetry);
        applier.Apply(Updates.Snapshot(Shard, 5, Web));
        _plane.Apply(new TableChange(Shard, Complete: true, [], []));

        Assert.NotNull(applier.Audit(Shard));
        Assert.Equal(0UL, applier.State((uint)Shard).Version.Epoch);
    }

    [Fact]
    public void Apply_RejectedService_HoldsTheAcknowledgedVersionBackAndTakesWhatComes()
    {
        TableApplier applier = new(_plane, _telemetry);
        ServiceTable taken = Updates.At(Updates.ServiceInAnotherShard(Web), Web.Frontends[0].Address);
        ServiceTable beside = Enumerable.Range(0, 5000).Select(i => Updates.Service($"beside-{i}", 1))
            .First(table => ShardMap.ShardOf(table.Name) == ShardMap.ShardOf(taken.Name));
        int shard = ShardMap.ShardOf(taken.Name);
        applier.Apply(Updates.Snapshot(Shard, 5, Web));
        applier.Apply(Updates.Snapshot(shard, 1));

        UpdateOutcome outcome = applier.Apply(Updates.Delta(shard, 1, 2, TableDigest.Of(taken), [taken]));

        Assert.Equal((taken.Uid, null), (Assert.Single(outcome.Rejections).ServiceUid, outcome.Fault));
        Assert.Equal((Updates.Version(shard, 1), ProtoTables.ToProto(default)), (applier.State((uint)shard).Version, applier.State((uint)shard).Digest));

        // The next one continues what was sent, not what is acknowledged.
        Assert.Null(applier.Apply(Updates.Delta(shard, 2, 3, TableDigest.Of([taken, beside]), [beside])).Fault);
        Assert.Equal((Updates.Version(shard, 1), ProtoTables.ToProto(TableDigest.Of(beside))), (applier.State((uint)shard).Version, applier.State((uint)shard).Digest));
        Assert.Null(applier.Audit(shard));

        applier.Apply(Updates.Delta(Shard, 5, 6, default, [], Web.Uid));
        RetryOutcome retry = applier.Retry(16);

        Assert.Equal([taken.Name], retry.Accepted);
        Assert.Equal([(uint)shard], retry.Shards);
        Assert.Equal(Updates.Version(shard, 3), applier.State((uint)shard).Version);
        Assert.Equal(TableDigest.Of([taken, beside]), _plane.ReadDigest(shard));
    }

    [Fact]
    public void Apply_RejectedServiceOnANewStream_IsSentAnewFromWhatWasAcknowledged()
    {
        TableApplier applier = new(_plane, _telemetry);
        ServiceTable taken = Updates.At(Updates.ServiceInAnotherShard(Web), Web.Frontends[0].Address);
        int shard = ShardMap.ShardOf(taken.Name);
        applier.Apply(Updates.Snapshot(Shard, 5, Web));
        applier.Apply(Updates.Snapshot(shard, 1));
        applier.Apply(Updates.Delta(shard, 1, 2, TableDigest.Of(taken), [taken]));

        // Meanwhile it was deleted: what the worker said it holds has all there is.
        Assert.Null(applier.Apply(Updates.Delta(shard, 1, 3, default, [])).Fault);

        Assert.Equal(Updates.Version(shard, 3), applier.State((uint)shard).Version);
        Assert.Empty(applier.Rejected);
    }

    [Fact]
    public void Apply_FirstSnapshotWithARejectedService_IsNotAcknowledgedAsDistrusted()
    {
        TableApplier applier = new(_plane, _telemetry);
        ServiceTable taken = Updates.At(Updates.ServiceInAnotherShard(Web), Web.Frontends[0].Address);
        uint shard = (uint)ShardMap.ShardOf(taken.Name);
        applier.Apply(Updates.Snapshot(Shard, 5, Web));
        Assert.True(applier.CanAcknowledge(shard));

        applier.Apply(Updates.Snapshot((int)shard, 1, taken));

        Assert.False(applier.CanAcknowledge(shard));
        Assert.DoesNotContain(applier.States, state => state.Version.Shard == shard);
    }

    [Fact]
    public void Apply_RejectedService_EndsWhatItNoLongerHas()
    {
        TableApplier applier = new(_plane, _telemetry);
        ServiceTable other = Updates.ServiceInAnotherShard(Web);
        ServiceTable shrunk = Updates.Service("web", 1, generation: 2);
        ServiceTable wanted = shrunk with { Frontends = [.. shrunk.Frontends, other.Frontends[0]] };
        applier.Apply(Updates.Snapshot(Shard, 5, Web));
        applier.Apply(Updates.Snapshot(ShardMap.ShardOf(other.Name), 1, other));

        Assert.Single(applier.Apply(Updates.Delta(Shard, 5, 6, TableDigest.Of(wanted), [wanted])).Rejections);

        Assert.Equal(TableDigest.Of(shrunk), _plane.ReadDigest(Shard));
        Assert.Equal(Updates.Version(Shard, 5), applier.State((uint)Shard).Version);
        Assert.Null(applier.Audit(Shard));
    }

    [Fact]
    public void Load_TornFile_IsWorthNone()
    {
        using Scratch scratch = new();
        File.WriteAllBytes(Path.Combine(scratch.Path, "held-versions"), [0xff, 0xff, 0xff]);

        Assert.Empty(new HeldVersions(scratch.Path).Load());
    }

    public ValueTask DisposeAsync()
    {
        _telemetry.Dispose();
        return _plane.DisposeAsync();
    }
}
