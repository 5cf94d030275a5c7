using System.Buffers.Binary;
using System.Collections.Immutable;
using Google.Protobuf;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Worker.Tables;

/// <summary>The one place where table messages become domain types and back.</summary>
internal static class ProtoTables
{
    /// <exception cref="FormatException">A field is out of its range; the message names it.</exception>
    public static ServiceTable ToTable(Proto.ServiceTable message) => new(
        ToUid(message.Uid),
        new NamespacedName(message.Namespace, message.Name),
        message.Generation,
        [.. message.Frontends.Select(ToFrontend)]);

    /// <exception cref="FormatException">The text is no UUID.</exception>
    public static Guid ToUid(string text) =>
        Guid.TryParse(text, out Guid uid) ? uid : throw new FormatException($"uid: '{text}' is not a UUID");

    public static TableDigest ToDigest(Proto.Digest message) =>
        new(new UInt128(message.High, message.Low), message.Rows);

    public static Proto.Digest ToProto(TableDigest digest) =>
        new() { High = (ulong)(digest.Sum >> 64), Low = (ulong)digest.Sum, Rows = digest.Rows };

    /// <summary>The 128-bit cluster hash key of its 16 bytes: little-endian halves, the low one first.</summary>
    /// <exception cref="FormatException">There are not 16 bytes.</exception>
    public static UInt128 ToHashKey(ByteString bytes) =>
        bytes.Length == 16
            ? BinaryPrimitives.ReadUInt128LittleEndian(bytes.Span)
            : throw new FormatException($"hash_key: {bytes.Length} bytes, must be 16");

    private static Frontend ToFrontend(Proto.Frontend message) => new(
        ToAddress(message.Address),
        ToProtocol(message.Protocol),
        ToPort(message.Port),
        message.Id,
        (FrontendFlags)message.Flags,
        message.AffinitySeconds,
        message.Paths.Select(ToPath).ToImmutableArray());

    private static EcmpPath ToPath(Proto.EcmpPath message) => new(
        ToAddress(message.Address),
        ToPort(message.Port),
        message.Weight is > 0 and <= ushort.MaxValue ? (ushort)message.Weight : throw new FormatException($"weight: {message.Weight}, must be 1..65535"),
        message.State switch
        {
            Proto.PathState.Active => PathState.Active,
            Proto.PathState.DrainingServing => PathState.DrainingServing,
            Proto.PathState.Draining => PathState.Draining,
            _ => throw new FormatException($"state: {message.State} is unknown"),
        },
        message.VmiId);

    private static IpAddress ToAddress(ByteString bytes) =>
        bytes.Length is 4 or 16
            ? IpAddress.FromBytes(bytes.Span)
            : throw new FormatException($"address: {bytes.Length} bytes, must be 4 or 16");

    private static TransportProtocol ToProtocol(uint number) =>
        number is (uint)TransportProtocol.Tcp or (uint)TransportProtocol.Udp or (uint)TransportProtocol.Sctp
            ? (TransportProtocol)number
            : throw new FormatException($"protocol: {number}, must be 6, 17 or 132");

    private static ushort ToPort(uint port) =>
        port is > 0 and <= ushort.MaxValue ? (ushort)port : throw new FormatException($"port: {port}, must be 1..65535");
}
