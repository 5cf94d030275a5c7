using System.Collections.Immutable;

namespace Orleans.Cn2.Forwarding.Ebpf.Node.Delivery;

/// <summary>
/// Reads the built-in chains out of a table blob of ip_tables or ip6_tables (linux/netfilter_ipv4/ip_tables.h,
/// linux/netfilter_ipv6/ip6_tables.h). A chain runs from its hook entry to its underflow, the entry of its policy.
/// </summary>
/// <param name="Family"><c>ip</c> or <c>ip6</c>.</param>
/// <param name="TargetOffsetAt">Where struct ipt_entry keeps target_offset; next_offset follows.</param>
internal sealed record LegacyTableLayout(string Family, int TargetOffsetAt)
{
    /// <summary>ip_tables: behind struct ipt_ip (84) and nfcache (4).</summary>
    internal static readonly LegacyTableLayout IPv4 = new("ip", 88);

    /// <summary>ip6_tables: behind struct ip6t_ip6 (136) and nfcache (4).</summary>
    internal static readonly LegacyTableLayout IPv6 = new("ip6", 140);

    internal const int HookCount = 5;
    private const int TargetHeaderSize = 32;
    private const int VerdictDrop = -1;

    /// <summary>The chains of a table.</summary>
    /// <param name="table">Its name.</param>
    /// <param name="validHooks">A bit for each hook it has a chain on.</param>
    /// <param name="hookEntries">Offset of each chain's first entry.</param>
    /// <param name="underflows">Offset of each chain's policy.</param>
    /// <param name="entries">The entries.</param>
    /// <exception cref="InvalidDataException">An offset leads out of the blob.</exception>
    internal IReadOnlyList<NetfilterChain> ReadChains(
        string table, uint validHooks, ReadOnlySpan<uint> hookEntries, ReadOnlySpan<uint> underflows, ReadOnlySpan<byte> entries)
    {
        List<NetfilterChain> chains = [];
        for (int hook = 0; hook < HookCount; hook++)
        {
            if ((validHooks & (1u << hook)) == 0)
            {
                continue;
            }

            int rules = 0;
            uint at = hookEntries[hook];
            for (; at < underflows[hook]; rules++)
            {
                ushort next = ReadOffset(entries, at, 2);
                at += next > 0 ? next : throw new InvalidDataException($"{Family} table {table}: entry at {at} has no length");
            }

            uint verdictAt = at + ReadOffset(entries, at, 0) + TargetHeaderSize;
            if (verdictAt + sizeof(int) > entries.Length)
            {
                throw new InvalidDataException($"{Family} table {table}: the policy at {at} leads out of the table");
            }

            chains.Add(new NetfilterChain(
                Family,
                $"{table} (legacy)",
                ((NetfilterHook)hook).ToString().ToUpperInvariant(),
                (NetfilterHook)hook,
                table == "nat" ? "nat" : "filter",
                BitConverter.ToInt32(entries[(int)verdictAt..]) == VerdictDrop,
                rules,
                ImmutableArray<string>.Empty));
        }

        return chains;
    }

    private ushort ReadOffset(ReadOnlySpan<byte> entries, uint entry, int field)
    {
        long at = entry + TargetOffsetAt + field;
        return at + sizeof(ushort) <= entries.Length
            ? BitConverter.ToUInt16(entries[(int)at..])
            : throw new InvalidDataException($"{Family} tables: entry at {entry} lies outside");
    }
}
