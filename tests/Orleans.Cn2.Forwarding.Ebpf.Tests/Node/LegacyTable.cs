using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Node;

/// <summary>
/// Sets the FORWARD policy of the older ip_tables filter table, as <c>iptables-legacy -P FORWARD</c> does: read the
/// table, change one verdict, put it back (IPT_SO_SET_REPLACE). Runs in the calling thread's namespace.
/// </summary>
internal static class LegacyTable
{
    private const int NameSize = 32;
    private const int HookCount = 5;
    private const int Forward = 2;
    private const int Option = 64; // IPT_SO_GET_INFO, IPT_SO_SET_REPLACE
    private const int GetEntries = 65;
    private const int CounterSize = 16;

    internal static unsafe void SetForwardPolicy(AddressFamily family, bool drop)
    {
        (int level, int targetOffsetAt) = family == AddressFamily.InterNetwork ? (0, 88) : (41, 140);
        using Socket socket = new(family, SocketType.Raw, ProtocolType.Raw);
        byte[] info = new byte[84];
        Encoding.ASCII.GetBytes("filter", info);
        socket.GetRawSocketOption(level, Option, info); // creates the table
        uint[] fields = MemoryMarshal.Cast<byte, uint>(info.AsSpan(NameSize)).ToArray();
        int count = (int)fields[^2], size = (int)fields[^1];

        byte[] got = new byte[40 + size];
        Encoding.ASCII.GetBytes("filter", got);
        BitConverter.TryWriteBytes(got.AsSpan(NameSize), size);
        socket.GetRawSocketOption(level, GetEntries, got);
        Span<byte> entries = got.AsSpan(40);
        int policy = (int)fields[1 + HookCount + Forward];
        int target = policy + BitConverter.ToUInt16(entries[(policy + targetOffsetAt)..]);
        BitConverter.TryWriteBytes(entries[(target + 32)..], drop ? -1 : -2);

        // struct ipt_replace: name, valid_hooks, num_entries, size, hook_entry[5], underflow[5], num_counters, *counters, entries
        byte[] replace = new byte[NameSize + (4 * 14) + 8 + size];
        byte[] counters = new byte[count * CounterSize];
        fixed (byte* first = counters)
        {
            Encoding.ASCII.GetBytes("filter", replace);
            Span<uint> words = MemoryMarshal.Cast<byte, uint>(replace.AsSpan(NameSize, 4 * 14));
            (words[0], words[1], words[2]) = (fields[0], (uint)count, (uint)size);
            fields.AsSpan(1, 2 * HookCount).CopyTo(words[3..]);
            words[13] = (uint)count;
            BitConverter.TryWriteBytes(replace.AsSpan(NameSize + (4 * 14)), (ulong)first);
            entries.CopyTo(replace.AsSpan(NameSize + (4 * 14) + 8));
            socket.SetRawSocketOption(level, Option, replace);
        }
    }
}
