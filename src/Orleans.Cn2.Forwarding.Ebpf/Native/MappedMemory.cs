namespace Orleans.Cn2.Forwarding.Ebpf.Native;

/// <summary>The memory of mappable arrays as bytes.</summary>
internal static unsafe class MappedMemory
{
    /// <summary>Copies the elements that both arrays have; their values have one size.</summary>
    internal static void Copy(BpfMap from, BpfMap to)
    {
        int stride = (from.Spec.ValueSize + 7) & ~7;
        nuint bytes = (nuint)Math.Min(from.Spec.Capacity, to.Spec.Capacity) * (nuint)stride;
        using Mapping source = new(from, bytes);
        using Mapping target = new(to, bytes);
        Buffer.MemoryCopy(source.Memory, target.Memory, bytes, bytes);
    }

    private readonly ref struct Mapping
    {
        private readonly nuint _length;

        internal Mapping(BpfMap map, nuint bytes)
        {
            nuint page = (nuint)Environment.SystemPageSize;
            _length = (bytes + page - 1) / page * page;
            nint address = LinuxCalls.Map(0, _length, LinuxCalls.ProtectReadWrite, LinuxCalls.MapShared, map.Handle.Descriptor, 0);
            Memory = address == -1 ? throw BpfException.Last("mmap", map.Spec.Name) : (byte*)address;
        }

        internal byte* Memory { get; }

        public void Dispose() => _ = LinuxCalls.Unmap((nint)Memory, _length);
    }
}
