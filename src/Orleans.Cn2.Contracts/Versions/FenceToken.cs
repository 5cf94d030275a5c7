using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Orleans.Cn2.Core;

namespace Orleans.Cn2.Contracts.Versions;

/// <summary>
/// The bytes of a <see cref="Fence"/> as clients carry them, opaque to them: format byte 1, u16 number of shard marks, each
/// {shard u16, epoch u64, seq u64}, u16 number of members marks, each {version u64, u16 length, UTF-8 namespace/name}; big endian.
/// </summary>
public static class FenceToken
{
    private const byte Format = 1;
    private const int ShardMarkLength = 18;

    /// <summary>The bytes of a fence.</summary>
    public static byte[] Write(Fence fence)
    {
        ArgumentNullException.ThrowIfNull(fence);
        using MemoryStream stream = new();
        stream.WriteByte(Format);
        WriteU16(stream, fence.Shards.Length);
        foreach (ShardMark mark in fence.Shards)
        {
            WriteU16(stream, mark.Shard);
            WriteU64(stream, mark.Version.Epoch);
            WriteU64(stream, mark.Version.Seq);
        }

        WriteU16(stream, fence.Members.Length);
        foreach (MembersMark mark in fence.Members)
        {
            byte[] name = Encoding.UTF8.GetBytes(mark.Service.ToString());
            WriteU64(stream, mark.MembersVersion);
            WriteU16(stream, name.Length);
            stream.Write(name);
        }

        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="Write"/> wrote; false for anything else. No bytes at all are <see cref="Fence.None"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> token, out Fence fence)
    {
        fence = Fence.None;
        if (token.IsEmpty)
        {
            return true;
        }

        if (token[0] != Format || !TryReadShards(ref token, out ImmutableArray<ShardMark> shards)
            || !TryReadMembers(ref token, out ImmutableArray<MembersMark> members) || !token.IsEmpty)
        {
            return false;
        }

        fence = new(shards, members);
        return true;
    }

    private static bool TryReadShards(ref ReadOnlySpan<byte> token, out ImmutableArray<ShardMark> shards)
    {
        shards = [];
        token = token[1..];
        if (!TryReadU16(ref token, out int count) || token.Length < count * ShardMarkLength)
        {
            return false;
        }

        ImmutableArray<ShardMark>.Builder marks = ImmutableArray.CreateBuilder<ShardMark>(count);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> mark = token[(i * ShardMarkLength)..];
            marks.Add(new(
                BinaryPrimitives.ReadUInt16BigEndian(mark),
                new(BinaryPrimitives.ReadUInt64BigEndian(mark[2..]), BinaryPrimitives.ReadUInt64BigEndian(mark[10..]))));
        }

        token = token[(count * ShardMarkLength)..];
        shards = marks.MoveToImmutable();
        return true;
    }

    private static bool TryReadMembers(ref ReadOnlySpan<byte> token, out ImmutableArray<MembersMark> members)
    {
        members = [];
        if (!TryReadU16(ref token, out int count))
        {
            return false;
        }

        List<MembersMark> marks = [];
        for (int i = 0; i < count; i++)
        {
            if (token.Length < 8)
            {
                return false;
            }

            ulong version = BinaryPrimitives.ReadUInt64BigEndian(token);
            token = token[8..];
            if (!TryReadU16(ref token, out int length) || token.Length < length)
            {
                return false;
            }

            if (Encoding.UTF8.GetString(token[..length]).Split('/') is not [{ Length: > 0 } ns, { Length: > 0 } name])
            {
                return false;
            }

            marks.Add(new(new NamespacedName(ns, name), version));
            token = token[length..];
        }

        members = [.. marks];
        return true;
    }

    private static bool TryReadU16(ref ReadOnlySpan<byte> token, out int value)
    {
        value = 0;
        if (token.Length < 2)
        {
            return false;
        }

        value = BinaryPrimitives.ReadUInt16BigEndian(token);
        token = token[2..];
        return true;
    }

    private static void WriteU16(MemoryStream stream, int value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, checked((ushort)value));
        stream.Write(bytes);
    }

    private static void WriteU64(MemoryStream stream, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        stream.Write(bytes);
    }
}
