using Orleans.Cn2.Forwarding.Managed.Decision;
using Orleans.Cn2.Forwarding.Managed.Flows;

namespace Orleans.Cn2.Forwarding.Managed.Fragments;

/// <summary>What tells the pieces of one datagram from others. The protocol is 0 for IPv6, whose pieces need not agree on it.</summary>
internal readonly record struct DatagramKey(MappedAddress Source, MappedAddress Destination, uint Id, byte Protocol, bool AtEgress)
{
    public static DatagramKey Of(in ParsedPacket packet, uint id, bool atEgress) =>
        new(packet.Key.Source, packet.Key.Destination, id, packet.IsV6 ? (byte)0 : packet.Key.Protocol, atEgress);
}

/// <summary>What becomes of the later fragments of a datagram.</summary>
internal enum DatagramKind
{
    /// <summary>The first was dropped or rejected, or two overlapped: they are dropped.</summary>
    Refused,

    /// <summary>They are translated by what the first became.</summary>
    Flow,

    /// <summary>Of an echo request: they go back.</summary>
    Echo,
}

/// <summary>What is known of a datagram that comes in pieces, since its first fragment came.</summary>
internal sealed class Datagram
{
    private const int BitsPerWord = 64;

    /// <summary>A bit for each unit of 8 bytes.</summary>
    private readonly ulong[] _seen = new ulong[65_536 / Fragment.Unit / BitsPerWord];
    private int _bytes;
    private int _end;

    public DatagramKind Kind { get; set; }

    /// <summary>Nanoseconds of the plane's clock up to which it is known.</summary>
    public long Until { get; private set; }

    /// <summary>Where its first fragment came in.</summary>
    public int Interface { get; private set; }

    /// <summary>It came from the node itself.</summary>
    public bool FromNode { get; private set; }

    /// <summary>What its first fragment became.</summary>
    public FlowEntry To { get; private set; }

    /// <summary>All its bytes were seen.</summary>
    public bool IsComplete => _end > 0 && _bytes >= _end;

    /// <summary>Forgets what was, for another datagram.</summary>
    public void Begin(long until, int fromInterface, bool fromNode)
    {
        (Kind, Until, Interface, FromNode, _bytes, _end) = (DatagramKind.Refused, until, fromInterface, fromNode, 0, 0);
        Array.Clear(_seen);
    }

    /// <summary>The first fragment was translated by an entry.</summary>
    public void Become(in FlowEntry entry) => (To, Kind) = (entry, DatagramKind.Flow);

    /// <summary>Notes the bytes of a piece. False when some were there: if not all, or if the length is contradicted, the datagram ends (RFC 5722).</summary>
    public bool TryTake(in Fragment piece)
    {
        (bool any, bool fresh) = Mark(piece.Start / Fragment.Unit, (piece.End - 1) / Fragment.Unit);
        if (!fresh)
        {
            return false;
        }

        bool contradicts = piece.More ? _end > 0 && piece.End > _end : _end > 0 && _end != piece.End;
        if (!piece.More && _end == 0)
        {
            _end = piece.End;
        }

        if (any || contradicts)
        {
            Kind = DatagramKind.Refused;
            return false;
        }

        _bytes += piece.Length;
        return true;
    }

    private (bool Any, bool Fresh) Mark(int first, int last)
    {
        ulong any = 0;
        ulong fresh = 0;
        for (int word = first / BitsPerWord; word <= last / BitsPerWord; word++)
        {
            ulong mask = word == first / BitsPerWord ? ulong.MaxValue << (first % BitsPerWord) : ulong.MaxValue;
            mask &= word == last / BitsPerWord ? ulong.MaxValue >> (BitsPerWord - 1 - (last % BitsPerWord)) : ulong.MaxValue;
            any |= _seen[word] & mask;
            fresh |= ~_seen[word] & mask;
            _seen[word] |= mask;
        }

        return (any != 0, fresh != 0);
    }
}
