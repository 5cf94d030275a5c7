using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Native;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf;

/// <summary>
/// Writes what every program reads beside the tables. Settings have two generations and a switch: a packet sees the old ones or the new ones,
/// never some of each.
/// </summary>
internal sealed class SettingsWriter(DataPath path, EbpfOptions options) : IDisposable
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly MappedArray<ulong> _switches = new(path["switches"]);
    private SettingsRow? _written;

    /// <summary>True unless others changed what was written last.</summary>
    internal bool IsWhole => _written is not { } row
        || (path["settings"].TryGet((uint)(Volatile.Read(ref _switches[0]) & 1), out SettingsRow held) && held.SameAs(row));

    /// <summary>Writes what was written last once more.</summary>
    internal void Rewrite()
    {
        if (_written is { } row)
        {
            Write(row);
        }
    }

    /// <summary>Writes settings and turns the switch; does nothing where they are as they were.</summary>
    /// <exception cref="ArgumentException">More than 16 service subnets.</exception>
    internal void Write(NodeSettings settings, NodeNetwork network)
    {
        if (settings.ServiceSubnets.Length > SubnetRows.Length)
        {
            throw new ArgumentException($"at most {SubnetRows.Length} service subnets, not {settings.ServiceSubnets.Length}", nameof(settings));
        }

        ulong interval = (ulong)(NanosecondsPerSecond / Math.Max(1, options.RejectsPerSecond));
        SettingsRow row = new()
        {
            HashKeyLow = (ulong)settings.HashKey,
            HashKeyHigh = (ulong)(settings.HashKey >> 64),
            RejectInterval = interval,
            RejectDepth = (ulong)Math.Max(0, options.RejectBurst - 1) * interval,
            Mode = (uint)network.Mode,
            Flags = path.KnowsIpv6Checksums ? SettingsRow.ChecksumIpv6 : 0,
            NodeInterface = (uint)network.NodeInterface,
            HoldInterface = (uint)network.HoldInterface,
            FragmentLife = (ulong)options.Fragments.Life.Ticks * TimeSpan.NanosecondsPerTick,
            FragmentLimit = (uint)options.Fragments.OpenPerSource,
            SubnetCount = (uint)settings.ServiceSubnets.Length,
            AffinityMask4 = Address16.OfBits(options.AffinityPrefix.MaskOf(IpFamily.IPv4)),
            AffinityMask6 = Address16.OfBits(options.AffinityPrefix.MaskOf(IpFamily.IPv6)),
        };
        for (int i = 0; i < settings.ServiceSubnets.Length; i++)
        {
            IpPrefix subnet = settings.ServiceSubnets[i];
            row.Subnets[i] = new SubnetRow { Address = Address16.Of(subnet.Network), Mask = Address16.MaskOf(subnet) };
        }

        SetPair(settings.SnatAddresses, ref row.Snat4, ref row.Snat6, ref row.SnatFamilies);
        SetPair(settings.NodeAddresses, ref row.Node4, ref row.Node6, ref row.NodeFamilies);

        if (_written is not { } before || !before.SameAs(row))
        {
            Write(row);
        }
    }

    private void Write(in SettingsRow row)
    {
        _written = row;
        ulong next = (Volatile.Read(ref _switches[0]) & 1) ^ 1;
        path["settings"].Set((uint)next, row);
        Volatile.Write(ref _switches[0], next);
        ReaderBarrier.Wait();
    }

    /// <summary>The first address of each family, and which families have one.</summary>
    private static void SetPair(ImmutableArray<IpAddress> addresses, ref Address16 v4, ref Address16 v6, ref uint families)
    {
        foreach (IpAddress address in addresses.Reverse())
        {
            bool isV4 = address.Family == IpFamily.IPv4;
            (isV4 ? ref v4 : ref v6) = Address16.Of(address);
            families |= isV4 ? 1u : 2u;
        }
    }

    public void Dispose() => _switches.Dispose();
}
