using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Orleans.Cn2.Core;

namespace Orleans.Cn2.Forwarding.Ebpf.Layout;

/// <summary>What a restarted worker must know of a Service and no packet needs: map <c>owners</c>, by uid.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OwnerRow
{
    internal ulong Generation;
    internal uint Shard;
    internal ushort NamespaceLength;
    internal ushort NameLength;
    internal NameBytes Text;

    internal static OwnerRow Of(int shard, ulong generation, NamespacedName name)
    {
        OwnerRow row = new() { Shard = (uint)shard, Generation = generation };
        row.NamespaceLength = (ushort)Encoding.UTF8.GetBytes(name.Namespace, row.Text);
        row.NameLength = (ushort)Encoding.UTF8.GetBytes(name.Name, row.Text[row.NamespaceLength..]);
        return row;
    }

    internal readonly NamespacedName ToName() => new(
        Encoding.UTF8.GetString(Text[..NamespaceLength]),
        Encoding.UTF8.GetString(Text[NamespaceLength..(NamespaceLength + NameLength)]));
}

/// <summary>Namespace (a DNS label) and name (at most a DNS name), one after the other.</summary>
[InlineArray(Length)]
internal struct NameBytes
{
    internal const int Length = 320;
    private byte _first;
}
