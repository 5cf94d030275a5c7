using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Orleans.Cn2.Forwarding.Ebpf.Node.Delivery;

/// <summary>
/// Reads the older ip_tables and ip6_tables of the calling thread's network namespace. Only tables that exist are asked
/// for: asking for another would make the kernel create it, hooks and all.
/// </summary>
internal static class LegacyTablesReader
{
    private const int NameSize = 32;
    private const int InfoSize = NameSize + 4 + (4 * LegacyTableLayout.HookCount * 2) + 4 + 4;
    private const int EntriesHeaderSize = 40;
    private const int GetInfo = 64;
    private const int GetEntries = 65;
    private const int TryAgain = 11;
    private const int MaxAttempts = 8;

    /// <summary>The built-in chains of all tables of both families.</summary>
    /// <exception cref="IOException">A table could not be read.</exception>
    internal static IReadOnlyList<NetfilterChain> Read()
    {
        List<NetfilterChain> chains = [];
        Read(chains, LegacyTableLayout.IPv4, AddressFamily.InterNetwork, level: 0, "ip_tables_names");
        Read(chains, LegacyTableLayout.IPv6, AddressFamily.InterNetworkV6, level: 41, "ip6_tables_names");
        return chains;
    }

    private static void Read(
        List<NetfilterChain> chains, LegacyTableLayout layout, AddressFamily family, int level, string namesFile)
    {
        string path = $"/proc/thread-self/net/{namesFile}";
        if (!File.Exists(path))
        {
            return;
        }

        string[] tables = File.ReadAllLines(path);
        if (tables.Length == 0)
        {
            return;
        }

        using Socket socket = new(family, SocketType.Raw, ProtocolType.Raw);
        foreach (string table in tables)
        {
            chains.AddRange(ReadTable(layout, socket, level, table));
        }
    }

    private static IReadOnlyList<NetfilterChain> ReadTable(LegacyTableLayout layout, Socket socket, int level, string table)
    {
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            byte[] info = new byte[InfoSize];
            Encoding.ASCII.GetBytes(table, info);
            Get(socket, level, GetInfo, info, table);
            ReadOnlySpan<uint> fields = MemoryMarshal.Cast<byte, uint>(info.AsSpan(NameSize));
            int size = (int)fields[^1];

            byte[] blob = new byte[EntriesHeaderSize + size];
            Encoding.ASCII.GetBytes(table, blob);
            BitConverter.TryWriteBytes(blob.AsSpan(NameSize), size);
            if (Get(socket, level, GetEntries, blob, table))
            {
                return layout.ReadChains(
                    table,
                    fields[0],
                    fields.Slice(1, LegacyTableLayout.HookCount),
                    fields.Slice(1 + LegacyTableLayout.HookCount, LegacyTableLayout.HookCount),
                    blob.AsSpan(EntriesHeaderSize));
            }
        }

        throw new IOException($"table {table} kept changing during {MaxAttempts} readings");
    }

    /// <summary>False when the table changed its size since it was told (EAGAIN).</summary>
    private static bool Get(Socket socket, int level, int option, byte[] value, string table)
    {
        try
        {
            socket.GetRawSocketOption(level, option, value);
            return true;
        }
        catch (SocketException failure) when (failure.NativeErrorCode == TryAgain && option == GetEntries)
        {
            return false;
        }
        catch (SocketException failure)
        {
            throw new IOException($"getsockopt({option}) of table {table}: {failure.Message}", failure);
        }
    }
}
