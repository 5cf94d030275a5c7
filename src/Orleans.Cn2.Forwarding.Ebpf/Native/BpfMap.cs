using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Orleans.Cn2.Forwarding.Ebpf.Native;

/// <summary>A map by its descriptor. Keys and values are structs of exactly the sizes of its <see cref="MapSpec"/>.</summary>
internal sealed unsafe class BpfMap(MapSpec spec, BpfHandle handle) : IDisposable
{
    private const ulong Any = 0;
    private const ulong OnlyNew = 1;

    internal MapSpec Spec { get; } = spec;

    internal BpfHandle Handle { get; } = handle;

    internal static BpfMap Create(MapSpec spec) => new(spec, BpfCalls.CreateMap(spec));

    internal bool TryGet<TKey, TValue>(TKey key, out TValue value)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        CheckSizes<TKey, TValue>();
        value = default;
        fixed (TValue* into = &value)
        {
            return Call(BpfCommand.MapLookup, &key, into, Any, LinuxCalls.NoEntry) == 0;
        }
    }

    /// <summary>Looks up every CPU's value; <paramref name="values"/> has one element a possible CPU, each a multiple of 8 bytes.</summary>
    internal bool TryGetPerCpu<TValue>(uint key, Span<TValue> values)
        where TValue : unmanaged
    {
        fixed (TValue* into = values)
        {
            return Call(BpfCommand.MapLookup, &key, into, Any, LinuxCalls.NoEntry) == 0;
        }
    }

    /// <summary>Sets every CPU's value, as <see cref="TryGetPerCpu"/> gets them.</summary>
    internal void SetPerCpu<TValue>(uint key, ReadOnlySpan<TValue> values)
        where TValue : unmanaged
    {
        fixed (TValue* from = values)
        {
            _ = Call(BpfCommand.MapUpdate, &key, from, Any, 0);
        }
    }

    internal void Set<TKey, TValue>(TKey key, TValue value)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        CheckSizes<TKey, TValue>();
        _ = Call(BpfCommand.MapUpdate, &key, &value, Any, 0);
    }

    /// <summary>Sets a key; false when the map is full.</summary>
    internal bool TrySet<TKey, TValue>(TKey key, TValue value)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        CheckSizes<TKey, TValue>();
        return Call(BpfCommand.MapUpdate, &key, &value, Any, LinuxCalls.TooBig) == 0;
    }

    /// <summary>Adds a key; false when it exists.</summary>
    internal bool TryAdd<TKey, TValue>(TKey key, TValue value)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        CheckSizes<TKey, TValue>();
        return Call(BpfCommand.MapUpdate, &key, &value, OnlyNew, LinuxCalls.Exists) == 0;
    }

    /// <summary>Removes a key; false when it is not there.</summary>
    internal bool Remove<TKey>(TKey key)
        where TKey : unmanaged =>
        Call(BpfCommand.MapDelete, &key, null, Any, LinuxCalls.NoEntry) == 0;

    /// <summary>
    /// The elements, a slice at a time. Elements that come or go meanwhile may or may not be seen; those that stay are seen.
    /// </summary>
    internal IEnumerable<(TKey[] Keys, TValue[] Values, int Count)> Slices<TKey, TValue>(int size)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        CheckSizes<TKey, TValue>();
        return Slices(new TKey[size], new TValue[size], size);
    }

    /// <summary>The elements as bytes, a slice at a time, with the same promise.</summary>
    internal IEnumerable<(byte[] Keys, byte[] Values, int Count)> RawSlices(int size) =>
        Slices(new byte[size * Spec.KeySize], new byte[size * Spec.ValueSize], size);

    private IEnumerable<(TKey[] Keys, TValue[] Values, int Count)> Slices<TKey, TValue>(TKey[] keys, TValue[] values, int size)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        uint cursor = 0;
        bool first = true;
        bool last = false;
        while (!last)
        {
            int count = ReadSlice(keys, values, size, ref cursor, first, out last);
            first = false;
            if (count > 0)
            {
                yield return (keys, values, count);
            }
        }
    }

    /// <summary>Sets an element by its bytes; without <paramref name="overwrite"/> one that is there stays, and a full map takes no more.</summary>
    internal void SetRaw(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool overwrite)
    {
        if (key.Length != Spec.KeySize || value.Length != Spec.ValueSize)
        {
            throw new InvalidOperationException($"map {Spec.Name} has keys of {Spec.KeySize} and values of {Spec.ValueSize} bytes");
        }

        fixed (byte* from = key, into = value)
        {
            try
            {
                _ = Call(BpfCommand.MapUpdate, from, into, overwrite ? Any : OnlyNew, overwrite ? 0 : LinuxCalls.Exists);
            }
            catch (BpfException full) when (!overwrite && full.Errno == LinuxCalls.TooBig)
            {
                // What fills it came later than the element, and is as good.
            }
        }
    }

    private int ReadSlice<TKey, TValue>(TKey[] keys, TValue[] values, int size, ref uint cursor, bool first, out bool last)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        uint next = 0;
        fixed (TKey* keyBuffer = keys)
        fixed (TValue* valueBuffer = values)
        fixed (uint* from = &cursor)
        {
            MapBatchAttribute attribute = new()
            {
                InBatch = first ? null : from,
                OutBatch = &next,
                Keys = keyBuffer,
                Values = valueBuffer,
                Count = (uint)size,
                Map = (uint)Handle.Descriptor,
            };
            int result = BpfCalls.Invoke(BpfCommand.MapLookupBatch, ref attribute);
            last = result < 0 && Marshal.GetLastPInvokeError() == LinuxCalls.NoEntry;
            if (result < 0 && !last)
            {
                throw BpfException.Last("BPF_MAP_LOOKUP_BATCH", Spec.Name);
            }

            cursor = next;
            return (int)attribute.Count;
        }
    }

    private int Call(BpfCommand command, void* key, void* value, ulong flags, int expected)
    {
        MapElementAttribute attribute = new() { Map = (uint)Handle.Descriptor, Key = key, Value = value, Flags = flags };
        int result = BpfCalls.Invoke(command, ref attribute);
        return result >= 0 || Marshal.GetLastPInvokeError() == expected ? result : throw BpfException.Last($"BPF_{command}", Spec.Name);
    }

    private void CheckSizes<TKey, TValue>()
    {
        if (Unsafe.SizeOf<TKey>() != Spec.KeySize || Unsafe.SizeOf<TValue>() != Spec.ValueSize)
        {
            throw new InvalidOperationException(
                $"map {Spec.Name} has keys of {Spec.KeySize} and values of {Spec.ValueSize} bytes, not {Unsafe.SizeOf<TKey>()} and {Unsafe.SizeOf<TValue>()}");
        }
    }

    public void Dispose() => Handle.Dispose();
}
