using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Mapping;

/// <summary>Tables, versions and settings as they go to workers, and what workers say of theirs.</summary>
internal static class TableMapping
{
    private const int RecentTables = 64;
    private static readonly Mapped?[] Recent = new Mapped?[RecentTables];

    /// <summary>A table as it goes to workers. A table that changed goes to all of them at about the same time, so the message is shared: nobody may change it.</summary>
    public static Proto.ServiceTable ToProto(ServiceTable table)
    {
        ref Mapped? slot = ref Recent[RuntimeHelpers.GetHashCode(table) % RecentTables];
        Mapped? mapped = Volatile.Read(ref slot);
        if (mapped is null || !ReferenceEquals(mapped.Table, table))
        {
            mapped = new Mapped(table, Map(table));
            Volatile.Write(ref slot, mapped);
        }

        return mapped.Message;
    }

    private static Proto.ServiceTable Map(ServiceTable table)
    {
        Proto.ServiceTable message = new()
        {
            Uid = table.Uid.ToString(),
            Namespace = table.Name.Namespace,
            Name = table.Name.Name,
            Generation = table.Generation,
        };
        message.Frontends.AddRange(table.Frontends.Select(ToProto));
        return message;
    }

    /// <summary>An update of one shard in chunks of a bounded number of services; a worker applies them together.</summary>
    /// <param name="update">The update.</param>
    /// <param name="fromView">View that the version it continues was sent with.</param>
    /// <param name="servicesPerChunk">Most services in one chunk.</param>
    public static IEnumerable<Proto.Update> ToProto(ShardUpdate update, ulong fromView, int servicesPerChunk)
    {
        for (int start = 0; start == 0 || start < update.Upserts.Length; start += servicesPerChunk)
        {
            bool last = start + servicesPerChunk >= update.Upserts.Length;
            Proto.Update chunk = new()
            {
                To = ToProto(update.Shard, update.To, update.View),
                From = update.From is ShardVersion from ? ToProto(update.Shard, from, fromView) : null,
                Snapshot = update.Snapshot,
                LastChunk = last,
            };
            chunk.Upserts.AddRange(update.Upserts.Skip(start).Take(servicesPerChunk).Select(ToProto));
            if (last)
            {
                chunk.Deletes.AddRange(update.Deletes.Select(uid => uid.ToString()));
                chunk.Digest = ToProto(update.Digest);
                chunk.Traceparent = update.Traceparent ?? "";
                chunk.CommittedAt = update.CommittedAt.ToTimestamp();
            }

            yield return chunk;
        }
    }

    public static Proto.NodeConfig ToProto(NodeConfig config)
    {
        byte[] key = new byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(key, config.HashKey);
        Proto.NodeConfig message = new() { HashKey = UnsafeByteOperations.UnsafeWrap(key) };
        message.ServiceSubnets.AddRange(config.ServiceSubnets.Select(prefix => prefix.ToString()));
        message.NodeAddresses.AddRange(config.NodeAddresses.Select(address => address.ToString()));
        message.SnatAddresses.AddRange(config.SnatAddresses.Select(address => address.ToString()));
        return message;
    }

    public static ShardHolding ToHolding(Proto.ShardState state) => new(
        (int)state.Version.Shard,
        new ShardVersion(state.Version.Epoch, state.Version.Seq),
        state.Version.View,
        new TableDigest(new UInt128(state.Digest?.High ?? 0, state.Digest?.Low ?? 0), state.Digest?.Rows ?? 0));

    private static Proto.ShardVersion ToProto(int shard, ShardVersion version, ulong view) =>
        new() { Shard = (uint)shard, Epoch = version.Epoch, Seq = version.Seq, View = view };

    private static Proto.Digest ToProto(TableDigest digest) =>
        new() { High = (ulong)(digest.Sum >> 64), Low = (ulong)digest.Sum, Rows = digest.Rows };

    private static Proto.Frontend ToProto(Frontend frontend)
    {
        Proto.Frontend message = new()
        {
            Address = ToBytes(frontend.Address),
            Protocol = (uint)frontend.Protocol,
            Port = frontend.Port,
            Id = frontend.Id,
            Flags = (uint)frontend.Flags,
            AffinitySeconds = frontend.AffinitySeconds,
        };
        message.Paths.AddRange(frontend.Paths.Select(path => new Proto.EcmpPath
        {
            Address = ToBytes(path.Address),
            Port = path.Port,
            Weight = path.Weight,
            State = (Proto.PathState)path.State,
            VmiId = path.VmiId,
        }));
        return message;
    }

    private static ByteString ToBytes(IpAddress address)
    {
        byte[] bytes = new byte[address.Width / 8];
        address.WriteBytes(bytes);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    private sealed record Mapped(ServiceTable Table, Proto.ServiceTable Message);
}
