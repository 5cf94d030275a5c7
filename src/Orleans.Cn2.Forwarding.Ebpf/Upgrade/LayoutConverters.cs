using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Orleans.Cn2.Forwarding.Ebpf.Layout;

namespace Orleans.Cn2.Forwarding.Ebpf.Upgrade;

/// <summary>What changed in the values of maps from one layout to the next. A layout's number is raised together with an entry here.</summary>
internal static class LayoutConverters
{
    /// <summary>By name of the map.</summary>
    internal static ImmutableDictionary<string, ValueConverter> Known { get; } =
        ImmutableDictionary<string, ValueConverter>.Empty.Add("settings", ConvertSettings).Add("flows", ConvertFlow).Add("embryonic", ConvertFlow);

    // Until layout 8 a flow had the index of its service where its mark is now, and no interface that its client's packets come in by: its next packet tells
    // both. What it was of UDP lived as long as a stream does.
    private static void ConvertFlow(ReadOnlySpan<byte> earlier, Span<byte> value)
    {
        earlier.CopyTo(value);
        ref FlowEntryRow flow = ref MemoryMarshal.AsRef<FlowEntryRow>(value);
        flow.Mark = 0;
        flow.Flags |= FlowFlags.Stream;
    }

    // Layout 4 ends before the affinity mask, layout 3 before the node's two addresses as well. Until the settings are written again every client stands for
    // itself, and a node of layout 3 has no address to speak from.
    private static void ConvertSettings(ReadOnlySpan<byte> earlier, Span<byte> value)
    {
        int pair = 2 * Unsafe.SizeOf<Address16>();
        SettingsRow row = default;
        int nodes = OffsetOf(ref row, ref row.Node4), masks = OffsetOf(ref row, ref row.AffinityMask4);
        int missing = value.Length - earlier.Length;
        int kept = missing == 0 ? value.Length : missing == pair ? masks : missing == 2 * pair ? nodes
            : throw new InvalidDataException($"settings of {earlier.Length} bytes are of no layout that is known");
        value.Clear();
        earlier[..kept].CopyTo(value);
        if (missing > 0)
        {
            value.Slice(masks, pair).Fill(byte.MaxValue);
            earlier[kept..].CopyTo(value[(masks + pair)..]);
        }
    }

    private static int OffsetOf(ref SettingsRow row, ref Address16 field) =>
        (int)Unsafe.ByteOffset(ref Unsafe.As<SettingsRow, byte>(ref row), ref Unsafe.As<Address16, byte>(ref field));
}
