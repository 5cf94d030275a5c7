using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Orleans.Cn2.Forwarding.Ebpf.Layout;

namespace Orleans.Cn2.Forwarding.Ebpf.Upgrade;

/// <summary>What changed in the values of maps from one layout to the next. A layout's number is raised together with an entry here.</summary>
internal static class LayoutConverters
{
    /// <summary>By name of the map.</summary>
    internal static ImmutableDictionary<string, ValueConverter> Known { get; } =
        ImmutableDictionary<string, ValueConverter>.Empty.Add("settings", ConvertSettings);

    // Layout 4 has the node's two addresses before the subnets. Until they are configured again the node has none to speak from.
    private static void ConvertSettings(ReadOnlySpan<byte> earlier, Span<byte> value)
    {
        if (earlier.Length == value.Length)
        {
            earlier.CopyTo(value);
            return;
        }

        SettingsRow row = default;
        int at = (int)Unsafe.ByteOffset(ref Unsafe.As<SettingsRow, byte>(ref row), ref Unsafe.As<Address16, byte>(ref row.Node4));
        int added = 2 * Unsafe.SizeOf<Address16>();
        value.Clear();
        earlier[..at].CopyTo(value);
        earlier[at..].CopyTo(value[(at + added)..]);
    }
}
