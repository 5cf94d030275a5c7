using System.Diagnostics;
using Google.Protobuf;
using Orleans.Cn2.Api.Mapping;
using Orleans.Cn2.Bench.Datapath.Network;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Ebpf;
using Orleans.Cn2.Worker.Tables;
using Orleans.Cn2.Worker.Telemetry;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Bench.Datapath.Costs;

/// <summary>What it takes to bring tables into the kernel, wall-clock, for what no packet waits but a client may.</summary>
internal static class TableCost
{
    /// <summary>
    /// Microseconds of one change of a service of 20 paths: a draining path's state, a path that is selectable again, which needs another Maglev block, and a
    /// path removed, which returns when the kernel has no packet under way to it any more.
    /// </summary>
    public static (double State, double Block, double Removal) OneService(EbpfPlane plane, int service)
    {
        ServiceTable table = OtherServices.Table(service, 20);
        int shard = 1 + (service % (ShardMap.Shards - 1));
        double Apply(ServiceTable changed)
        {
            TableChange change = new(shard, Complete: false, [changed], []);
            long before = Stopwatch.GetTimestamp();
            if (!plane.Apply(change).IsEmpty)
            {
                throw new InvalidOperationException("the change was refused");
            }

            return Stopwatch.GetElapsedTime(before).TotalMicroseconds;
        }

        Apply(With(table, paths => [paths[0] with { State = PathState.DrainingServing }, .. paths[1..]]));
        double state = Apply(With(table, paths => [paths[0] with { State = PathState.Draining }, .. paths[1..]]));
        double block = Apply(table);
        double removal = Apply(With(table, paths => paths[..^1]));
        Apply(table);
        return (state, block, removal);
    }

    /// <summary>Seconds from the bytes of the stream to programmed tables, all digests compared.</summary>
    public static double FromStream(EbpfPlane plane, IReadOnlyList<byte[]> updates)
    {
        using WorkerTelemetry telemetry = new();
        TableApplier applier = new(plane, telemetry);
        long before = Stopwatch.GetTimestamp();
        foreach (byte[] bytes in updates)
        {
            UpdateOutcome outcome = applier.Apply(Proto.Update.Parser.ParseFrom(bytes));
            if (outcome.Fault is not null || !outcome.Rejections.IsEmpty)
            {
                throw new InvalidOperationException(outcome.Fault ?? outcome.Rejections[0].Cause);
            }
        }

        return Stopwatch.GetElapsedTime(before).TotalSeconds;
    }

    /// <summary>Snapshots of all shards, as a silo sends them.</summary>
    public static IReadOnlyList<byte[]> Snapshots(int services, int paths) => [.. OtherServices.Changes(services, paths).Select(change =>
    {
        Proto.Update update = new()
        {
            To = new Proto.ShardVersion { Shard = (uint)change.Shard, Epoch = 1, Seq = 1 },
            Snapshot = true,
            LastChunk = true,
            Digest = ProtoTables.ToProto(TableDigest.Of(change.Upserts)),
        };
        update.Upserts.AddRange(change.Upserts.Select(TableMapping.ToProto));
        return update.ToByteArray();
    })];

    private static ServiceTable With(ServiceTable table, Func<List<EcmpPath>, List<EcmpPath>> change) => table with
    {
        Generation = table.Generation + 1,
        Frontends = [.. table.Frontends.Select(frontend => frontend with { Paths = [.. change([.. frontend.Paths])] })],
    };
}
