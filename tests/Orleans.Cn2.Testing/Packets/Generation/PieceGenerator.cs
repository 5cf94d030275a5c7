using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Testing.Packets.Generation;

/// <summary>Cuts packets into fragments that come in and out of order, doubled, overlapping, with holes, too long, and offered again after a wait.</summary>
internal sealed class PieceGenerator(Random random)
{
    private const int Ids = 400;

    private readonly List<GeneratedPacket> _pending = [];

    /// <summary>The next piece of a datagram under way; the pieces of several mix.</summary>
    public bool TryNext(out GeneratedPacket packet)
    {
        packet = default;
        if (_pending.Count == 0 || random.Next(3) == 0)
        {
            return false;
        }

        int next = random.Next(Math.Min(_pending.Count, 3));
        packet = _pending[next];
        _pending.RemoveAt(next);
        return true;
    }

    /// <summary>Cuts a packet; its pieces come with the calls that follow.</summary>
    public void Cut(PacketSpec whole, PacketHook hook, int from)
    {
        bool inside = random.Next(2) == 0;
        int headers = whole.Family == IpFamily.IPv4
            ? IPv4Packet.MinHeaderLength + whole.IpOptions.Length
            : IPv6Packet.HeaderLength + (inside ? 0 : whole.ExtensionBytes);
        int total = whole.Build().Length - EthernetFrame.HeaderLength - headers;
        List<(int Start, int End, bool More)> pieces = [];
        int step = 8 * random.Next(1, 20);
        for (int at = 0; at < total; at += step)
        {
            pieces.Add((at, Math.Min(total, at + step), at + step < total));
        }

        Spoil(pieces, total);
        uint id = (uint)random.Next(Ids);
        foreach ((int start, int end, bool more) in pieces)
        {
            PacketSpec piece = (random.Next(30) == 0 ? whole with { Ttl = (byte)random.Next(3) } : whole).Piece(start, end, more, id, inside);
            byte[] frame = piece.Build();
            _pending.Add(new GeneratedPacket(hook, from, frame));
            if (random.Next(4) == 0)
            {
                _pending.Add(new GeneratedPacket(PacketHook.Ingress, GeneratedWorld.HoldInterface, frame));
            }
        }
    }

    private void Spoil(List<(int Start, int End, bool More)> pieces, int total)
    {
        int one = random.Next(pieces.Count);
        (int start, int end, bool more) = pieces[one];
        switch (random.Next(16))
        {
            case 0:
                pieces.RemoveAt(one);
                break;
            case 1:
                pieces.Add(pieces[one]);
                break;
            case 2 when start >= 8:
                pieces[one] = (start - 8, end, more);
                break;
            case 3:
                pieces[one] = (start, end + 8, true);
                break;
            case 4:
                pieces.Add(((total + 7) & ~7, ((total + 7) & ~7) + 16, random.Next(2) == 0));
                break;
            case 5:
                pieces.Add((65_528, 65_528 + random.Next(1, 40), false));
                break;
            case 6:
                pieces[one] = (start, Math.Max(start, end - random.Next(1, 8)), true);
                break;
            case 7:
                pieces.Reverse();
                break;
            case 8:
                (pieces[0], pieces[^1]) = (pieces[^1], pieces[0]);
                break;
        }
    }
}
