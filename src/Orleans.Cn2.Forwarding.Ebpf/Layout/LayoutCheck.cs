using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text;
using Orleans.Cn2.Forwarding.Ebpf.Native;

namespace Orleans.Cn2.Forwarding.Ebpf.Layout;

/// <summary>Compares the structures of <c>bpf/types.h</c> as the C compiler laid them out with those of <c>Layout/</c>.</summary>
internal static class LayoutCheck
{
    private const string Section = "cn2_layout";
    private const int NameLength = 28;
    private const int RowLength = 32;

    /// <summary>What the object says: name of a structure or of a field -> size or offset in bytes.</summary>
    internal static ImmutableSortedDictionary<string, int> OfObject(ElfObject file)
    {
        ReadOnlySpan<byte> data = file.Data(Section);
        ImmutableSortedDictionary<string, int>.Builder rows = ImmutableSortedDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        for (; data.Length >= RowLength; data = data[RowLength..])
        {
            rows[Encoding.ASCII.GetString(data[..NameLength]).TrimEnd('\0')] = BitConverter.ToInt32(data[NameLength..]);
        }

        return rows.ToImmutable();
    }

    /// <summary>What this assembly says, by the same names.</summary>
    internal static ImmutableSortedDictionary<string, int> OfStructures()
    {
        ImmutableSortedDictionary<string, int>.Builder rows = ImmutableSortedDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        TupleRow tuple = default;
        rows["tuple"] = Unsafe.SizeOf<TupleRow>();
        rows["tuple.dst"] = Offset(ref tuple, ref tuple.Destination);
        rows["tuple.sport"] = Offset(ref tuple, ref tuple.SourcePort);
        rows["tuple.dport"] = Offset(ref tuple, ref tuple.DestinationPort);
        rows["tuple.proto"] = Offset(ref tuple, ref tuple.Protocol);
        ServiceKeyRow serviceKey = default;
        rows["service_key"] = Unsafe.SizeOf<ServiceKeyRow>();
        rows["service_key.port"] = Offset(ref serviceKey, ref serviceKey.Port);
        rows["service_key.proto"] = Offset(ref serviceKey, ref serviceKey.Protocol);
        ServiceRow service = default;
        rows["service"] = Unsafe.SizeOf<ServiceRow>();
        rows["service.tag"] = Offset(ref service, ref service.Tag);
        FrontendRow frontend = default;
        rows["frontend"] = Unsafe.SizeOf<FrontendRow>();
        rows["frontend.shard"] = Offset(ref frontend, ref frontend.Shard);
        rows["frontend.id"] = Offset(ref frontend, ref frontend.Id);
        rows["frontend.owner"] = Offset(ref frontend, ref frontend.Owner);
        rows["frontend.affinity_seconds"] = Offset(ref frontend, ref frontend.AffinitySeconds);
        rows["frontend.flags"] = Offset(ref frontend, ref frontend.Flags);
        rows["frontend.affinity_generation"] = Offset(ref frontend, ref frontend.AffinityGeneration);
        PathRow path = default;
        rows["path"] = Unsafe.SizeOf<PathRow>();
        rows["path.address"] = Offset(ref path, ref path.Address);
        rows["path.port"] = Offset(ref path, ref path.Port);
        rows["path.weight"] = Offset(ref path, ref path.Weight);
        rows["path.service"] = Offset(ref path, ref path.Service);
        rows["path.vmi"] = Offset(ref path, ref path.Vmi);
        HopRow hop = default;
        rows["hop"] = Unsafe.SizeOf<HopRow>();
        rows["hop.family"] = Offset(ref hop, ref hop.Family);
        rows["hop.ifindex"] = Offset(ref hop, ref hop.Interface);
        rows["hop.dmac"] = Offset(ref hop, ref hop.Destination);
        rows["hop.smac"] = Offset(ref hop, ref hop.Source);
        rows["hop.gateway"] = Offset(ref hop, ref hop.Gateway);
        FlowEntryRow flowEntry = default;
        rows["flow"] = Unsafe.SizeOf<FlowEntryRow>();
        rows["flow.flags"] = Offset(ref flowEntry, ref flowEntry.Flags);
        rows["flow.tcp"] = Offset(ref flowEntry, ref flowEntry.Tcp);
        rows["flow.verdict"] = Offset(ref flowEntry, ref flowEntry.Verdict);
        rows["flow.seen"] = Offset(ref flowEntry, ref flowEntry.Seen);
        rows["flow.src"] = Offset(ref flowEntry, ref flowEntry.Source);
        rows["flow.dst"] = Offset(ref flowEntry, ref flowEntry.Destination);
        rows["flow.sport"] = Offset(ref flowEntry, ref flowEntry.SourcePort);
        rows["flow.dport"] = Offset(ref flowEntry, ref flowEntry.DestinationPort);
        rows["flow.path"] = Offset(ref flowEntry, ref flowEntry.Path);
        rows["flow.epoch"] = Offset(ref flowEntry, ref flowEntry.Epoch);
        rows["flow.mark"] = Offset(ref flowEntry, ref flowEntry.Mark);
        rows["flow.ifindex"] = Offset(ref flowEntry, ref flowEntry.Interface);
        rows["flow.dmac"] = Offset(ref flowEntry, ref flowEntry.DestinationMac);
        rows["flow.smac"] = Offset(ref flowEntry, ref flowEntry.SourceMac);
        AffinityKeyRow affinityKey = default;
        rows["affinity_key"] = Unsafe.SizeOf<AffinityKeyRow>();
        rows["affinity_key.service"] = Offset(ref affinityKey, ref affinityKey.Service);
        rows["affinity_key.generation"] = Offset(ref affinityKey, ref affinityKey.Generation);
        BindingRow binding = default;
        rows["binding"] = Unsafe.SizeOf<BindingRow>();
        rows["binding.seen"] = Offset(ref binding, ref binding.Seen);
        InterfaceRow @interface = default;
        rows["interface"] = Unsafe.SizeOf<InterfaceRow>();
        rows["interface.flags"] = Offset(ref @interface, ref @interface.Flags);
        SourceKeyRow sourceKey = default;
        rows["source_key"] = Unsafe.SizeOf<SourceKeyRow>();
        rows["source_key.address"] = Offset(ref sourceKey, ref sourceKey.Address);
        SettingsRow settings = default;
        rows["settings"] = Unsafe.SizeOf<SettingsRow>();
        rows["settings.reject_interval"] = Offset(ref settings, ref settings.RejectInterval);
        rows["settings.reject_depth"] = Offset(ref settings, ref settings.RejectDepth);
        rows["settings.mode"] = Offset(ref settings, ref settings.Mode);
        rows["settings.flags"] = Offset(ref settings, ref settings.Flags);
        rows["settings.node_ifindex"] = Offset(ref settings, ref settings.NodeInterface);
        rows["settings.subnet_count"] = Offset(ref settings, ref settings.SubnetCount);
        rows["settings.snat_families"] = Offset(ref settings, ref settings.SnatFamilies);
        rows["settings.hold_ifindex"] = Offset(ref settings, ref settings.HoldInterface);
        rows["settings.fragment_life"] = Offset(ref settings, ref settings.FragmentLife);
        rows["settings.fragment_limit"] = Offset(ref settings, ref settings.FragmentLimit);
        rows["settings.snat"] = Offset(ref settings, ref settings.Snat4);
        rows["settings.node"] = Offset(ref settings, ref settings.Node4);
        rows["settings.affinity_mask"] = Offset(ref settings, ref settings.AffinityMask4);
        rows["settings.subnets"] = Offset(ref settings, ref settings.Subnets);
        DatagramRow datagram = default;
        rows["datagram"] = Unsafe.SizeOf<DatagramRow>();
        rows["datagram.kind"] = Offset(ref datagram, ref datagram.Kind);
        rows["datagram.to"] = Offset(ref datagram, ref datagram.To);
        rows["fragment_source"] = Unsafe.SizeOf<FragmentSourceRow>();
        rows["flow_pair"] = Unsafe.SizeOf<FlowPairRow>();
        rows["choice_kept"] = Unsafe.SizeOf<ChoiceRow>();
        rows["chunk"] = Unsafe.SizeOf<ChunkRow>();
        rows["reason_count"] = Unsafe.SizeOf<ReasonCountRow>();
        rows["service_count"] = Unsafe.SizeOf<ServiceCountRow>();
        rows["clock"] = Unsafe.SizeOf<ClockRow>();
        ExpiryRow expiry = default;
        rows["expiry"] = Unsafe.SizeOf<ExpiryRow>();
        rows["expiry.rst"] = Offset(ref expiry, ref expiry.Rst);
        rows["expiry.udp"] = Offset(ref expiry, ref expiry.Udp);
        rows["expiry.udp_stream"] = Offset(ref expiry, ref expiry.UdpStream);
        rows["expiry.sctp"] = Offset(ref expiry, ref expiry.Sctp);
        rows["expiry.count"] = Offset(ref expiry, ref expiry.Count);
        rows["expiry.embryonic"] = Offset(ref expiry, ref expiry.Embryonic);
        rows["expiry.deleted"] = Offset(ref expiry, ref expiry.Deleted);
        rows["expiry.kept"] = Offset(ref expiry, ref expiry.Kept);
        return rows.ToImmutable();
    }

    /// <summary>Refuses an object whose layout differs.</summary>
    /// <exception cref="InvalidDataException">A size or an offset differs.</exception>
    internal static void Verify(ElfObject file)
    {
        ImmutableSortedDictionary<string, int> there = OfObject(file);
        ImmutableSortedDictionary<string, int> here = OfStructures();
        string[] differences = [.. there.Keys.Union(here.Keys)
            .Where(name => there.GetValueOrDefault(name, -1) != here.GetValueOrDefault(name, -1))
            .Select(name => $"{name}: {there.GetValueOrDefault(name, -1)} in C, {here.GetValueOrDefault(name, -1)} in C#")];
        if (differences.Length > 0)
        {
            throw new InvalidDataException(
                "bpf/types.h and Layout/Rows.cs differ; change both alike, rebuild the object with bpf/build.sh and raise MapSpecs.LayoutVersion: "
                + string.Join("; ", differences));
        }
    }

    private static int Offset<TRow, TField>(ref TRow row, ref TField field) =>
        (int)Unsafe.ByteOffset(ref Unsafe.As<TRow, byte>(ref row), ref Unsafe.As<TField, byte>(ref field));
}
