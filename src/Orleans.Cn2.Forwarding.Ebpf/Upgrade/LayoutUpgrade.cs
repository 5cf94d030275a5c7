using Orleans.Cn2.Forwarding.Ebpf.Native;

namespace Orleans.Cn2.Forwarding.Ebpf.Upgrade;

/// <summary>Makes a value of a map's earlier layout into one of this one; both have their map's whole size.</summary>
internal delegate void ValueConverter(ReadOnlySpan<byte> earlier, Span<byte> value);

/// <summary>
/// Fills the maps from those that an earlier layout pinned, or this one before they became too small, while the programs of these forward on. Tables are copied before this layout's programs take
/// the links over, flows before and after: those that began or changed in between are in the second copy. Only then the earlier pins go, so
/// that an upgrade that was interrupted begins anew.
/// </summary>
/// <param name="earlier">Directory of the earlier layout.</param>
/// <param name="path">The maps of this one.</param>
/// <param name="converters">By name of the map, for those whose values changed; the others are copied as they are.</param>
internal sealed class LayoutUpgrade(string earlier, DataPath path, IReadOnlyDictionary<string, ValueConverter> converters)
{
    private const int Slice = 4096;

    private static readonly string[] Tables =
    [
        "services", "control", "slots", "paths", "hops", "frontends", "owners", "interfaces", "sources", "settings", "switches",
    ];

    private static readonly string[] Flows = ["embryonic", "flows", "affinity"];

    /// <summary>The most elements that a map of a directory holds; null when it has none of that name.</summary>
    internal static uint? CapacityOf(string earlier, string map)
    {
        using BpfHandle? handle = BpfCalls.OpenPin(PinOf(earlier, map));
        return handle is null ? null : BpfCalls.GetInfo<MapInfo>(handle).MaxEntries;
    }

    /// <summary>Copies everything; the earlier programs forward on.</summary>
    /// <exception cref="InvalidDataException">A map's values changed, and nobody says how.</exception>
    internal void Fill()
    {
        foreach (string map in Tables)
        {
            Copy(map, overwrite: true);
        }

        CopyFlows();
    }

    /// <summary>Copies the flows that are not there yet. Those that are were made or moved on by this layout's programs.</summary>
    internal void CopyFlows()
    {
        foreach (string map in Flows)
        {
            Copy(map, overwrite: false);
        }
    }

    /// <summary>Removes the earlier pins.</summary>
    internal void Finish()
    {
        if (Directory.Exists(earlier))
        {
            Directory.Delete(earlier, recursive: true);
        }
    }

    private void Copy(string map, bool overwrite)
    {
        BpfHandle? handle = BpfCalls.OpenPin(PinOf(earlier, map));
        if (handle is null)
        {
            return;
        }

        MapInfo info = BpfCalls.GetInfo<MapInfo>(handle);
        using BpfMap from = new(
            new MapSpec(map, (BpfMapType)info.Type, (int)info.KeySize, (int)info.ValueSize, info.MaxEntries, (MapFlags)info.Flags), handle);
        BpfMap to = path[map];
        converters.TryGetValue(map, out ValueConverter? convert);
        if (from.Spec.KeySize != to.Spec.KeySize || (convert is null && from.Spec.ValueSize != to.Spec.ValueSize))
        {
            throw new InvalidDataException(
                $"map {map} of {earlier} has {from.Spec.KeySize}/{from.Spec.ValueSize} bytes, this layout {to.Spec.KeySize}/{to.Spec.ValueSize}, and no conversion is known");
        }

        if (from.Spec.Flags.HasFlag(MapFlags.Mappable) && convert is null)
        {
            MappedMemory.Copy(from, to);
            return;
        }

        byte[] value = new byte[to.Spec.ValueSize];
        foreach ((byte[] keys, byte[] values, int count) in from.RawSlices(Slice))
        {
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<byte> key = keys.AsSpan(i * from.Spec.KeySize, from.Spec.KeySize);
                ReadOnlySpan<byte> before = values.AsSpan(i * from.Spec.ValueSize, from.Spec.ValueSize);
                if (convert is null)
                {
                    before.CopyTo(value);
                }
                else
                {
                    convert(before, value);
                }

                to.SetRaw(key, value, overwrite);
            }
        }
    }

    private static string PinOf(string directory, string map) => Path.Combine(directory, "maps", map);
}
