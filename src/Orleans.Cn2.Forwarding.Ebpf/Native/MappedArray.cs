using System.Runtime.CompilerServices;

namespace Orleans.Cn2.Forwarding.Ebpf.Native;

/// <summary>
/// The memory of a mappable array, shared with the programs. Elements are padded to 8 bytes, as the kernel lays them out; a store of an
/// aligned 64-bit word is seen whole or not at all.
/// </summary>
internal sealed unsafe class MappedArray<T> : IDisposable
    where T : unmanaged
{
    private readonly byte* _memory;
    private readonly nuint _bytes;
    private readonly int _stride;
    private bool _disposed;

    internal MappedArray(BpfMap map)
    {
        if (sizeof(T) != map.Spec.ValueSize)
        {
            throw new InvalidOperationException($"map {map.Spec.Name} has values of {map.Spec.ValueSize} bytes, not {sizeof(T)}");
        }

        Length = (int)map.Spec.Capacity;
        _stride = (sizeof(T) + 7) & ~7;
        nuint page = (nuint)Environment.SystemPageSize;
        _bytes = (((nuint)Length * (nuint)_stride) + page - 1) / page * page;
        nint address = LinuxCalls.Map(0, _bytes, LinuxCalls.ProtectReadWrite, LinuxCalls.MapShared, map.Handle.Descriptor, 0);
        _memory = address == -1 ? throw BpfException.Last("mmap", map.Spec.Name) : (byte*)address;
    }

    /// <summary>Number of elements.</summary>
    internal int Length { get; }

    /// <summary>An element in place. Valid until this is disposed.</summary>
    internal ref T this[uint index]
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, (uint)Length);
            return ref Unsafe.AsRef<T>(_memory + ((nuint)index * (nuint)_stride));
        }
    }

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _ = LinuxCalls.Unmap((nint)_memory, _bytes);
        }
    }
}
