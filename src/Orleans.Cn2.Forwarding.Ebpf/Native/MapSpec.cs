namespace Orleans.Cn2.Forwarding.Ebpf.Native;

/// <summary>Flags of map creation, include/uapi/linux/bpf.h.</summary>
[Flags]
internal enum MapFlags : uint
{
    None = 0,

    /// <summary>Memory is taken when an element comes.</summary>
    NoPreallocation = 1 << 0,

    /// <summary>An array that user space may map into its memory.</summary>
    Mappable = 1 << 10,
}

/// <summary>What a map is created as, and what a pinned one must be to be adopted.</summary>
/// <param name="Name">Name in the object, in pins and in the kernel (at most 15 bytes).</param>
/// <param name="Type">Kind.</param>
/// <param name="KeySize">Bytes of a key.</param>
/// <param name="ValueSize">Bytes of a value.</param>
/// <param name="Capacity">Most elements it holds.</param>
/// <param name="Flags">Creation flags.</param>
internal sealed record MapSpec(string Name, BpfMapType Type, int KeySize, int ValueSize, uint Capacity, MapFlags Flags = MapFlags.None);
