using System.Collections.Immutable;
using Google.Protobuf;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Worker.Tables;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Worker.Tests;

/// <summary>Updates as a silo sends them.</summary>
internal static class Updates
{
    /// <summary>A service of one frontend with so many active paths, in the shard of its name.</summary>
    public static ServiceTable Service(string name, int paths, ulong generation = 1)
    {
        Guid uid = new(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)).AsSpan(0, 16));
        ImmutableArray<EcmpPath> rows = [.. Enumerable.Range(1, paths).Select(i => new EcmpPath(
            IpAddress.V4(0x0af40100u + (uint)i), 8080, 100, PathState.Active, (ulong)i))];
        IpAddress address = IpAddress.V4(0x0a600001u + (uint)(uid.GetHashCode() & 0xfff));
        return new ServiceTable(uid, new NamespacedName("default", name), generation,
            [new Frontend(address, TransportProtocol.Tcp, 80, TableIds.OfFrontend(uid, IpFamily.IPv4, TransportProtocol.Tcp, 80), FrontendFlags.None, 0, rows)]);
    }

    /// <summary>One of another shard.</summary>
    public static ServiceTable ServiceInAnotherShard(ServiceTable than) =>
        Enumerable.Range(0, 1000).Select(i => Service($"other-{i}", 2)).First(table => ShardMap.ShardOf(table.Name) != ShardMap.ShardOf(than.Name));

    /// <summary>The service at another address.</summary>
    public static ServiceTable At(ServiceTable table, IpAddress address) =>
        table with { Frontends = [.. table.Frontends.Select(frontend => frontend with { Address = address })] };

    public static Proto.ShardVersion Version(int shard, ulong seq, ulong epoch = 1) => new() { Shard = (uint)shard, Epoch = epoch, Seq = seq };

    public static Proto.Update Snapshot(int shard, ulong seq, params ServiceTable[] tables) => new()
    {
        To = Version(shard, seq),
        Snapshot = true,
        LastChunk = true,
        Upserts = { tables.Select(ToProto) },
        Digest = ProtoTables.ToProto(TableDigest.Of(tables)),
    };

    public static Proto.Update Delta(int shard, ulong from, ulong to, TableDigest digest, ServiceTable[] upserts, params Guid[] deletes) => new()
    {
        From = Version(shard, from),
        To = Version(shard, to),
        LastChunk = true,
        Upserts = { upserts.Select(ToProto) },
        Deletes = { deletes.Select(uid => uid.ToString()) },
        Digest = ProtoTables.ToProto(digest),
    };

    private static Proto.ServiceTable ToProto(ServiceTable table) => new()
    {
        Uid = table.Uid.ToString(),
        Namespace = table.Name.Namespace,
        Name = table.Name.Name,
        Generation = table.Generation,
        Frontends =
        {
            table.Frontends.Select(frontend => new Proto.Frontend
            {
                Address = Bytes(frontend.Address),
                Protocol = (uint)frontend.Protocol,
                Port = frontend.Port,
                Id = frontend.Id,
                Paths =
                {
                    frontend.Paths.Select(path => new Proto.EcmpPath
                    {
                        Address = Bytes(path.Address),
                        Port = path.Port,
                        Weight = path.Weight,
                        State = (Proto.PathState)path.State,
                        VmiId = path.VmiId,
                    }),
                },
            }),
        },
    };

    private static ByteString Bytes(IpAddress address)
    {
        byte[] bytes = new byte[address.Width / 8];
        address.WriteBytes(bytes);
        return ByteString.CopyFrom(bytes);
    }
}
