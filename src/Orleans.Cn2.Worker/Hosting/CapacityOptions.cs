using System.Collections.Immutable;
using System.Globalization;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Ebpf;
using Orleans.Cn2.Forwarding.Managed;

namespace Orleans.Cn2.Worker.Hosting;

/// <summary>How much an engine holds; null: as much as it does by default. What each one costs stands in docs/operations.md.</summary>
/// <param name="Flows">Established flows.</param>
/// <param name="EmbryonicFlows">Flows that saw no answer yet.</param>
/// <param name="Affinities">Clients whose path session affinity remembers.</param>
/// <param name="Frontends">Frontends (FloatingIP, protocol, port); engine ebpf.</param>
/// <param name="Paths">Paths of all frontends together; engine ebpf.</param>
/// <param name="Slots">Slots of all ECMP blocks together; engine ebpf.</param>
internal sealed record CapacityOptions(uint? Flows, uint? EmbryonicFlows, uint? Affinities, uint? Frontends, uint? Paths, uint? Slots)
{
    /// <summary>Keys of the options.</summary>
    public static ImmutableArray<string> Keys { get; } = ["flows", "embryonic-flows", "affinities", "frontends", "paths", "slots"];

    /// <summary>All defaults.</summary>
    public static CapacityOptions Default { get; } = new(null, null, null, null, null, null);

    /// <summary>Reads what is set; each error is added to <paramref name="errors"/>.</summary>
    public static CapacityOptions Read(Func<string, string> valueOf, ImmutableArray<string>.Builder errors)
    {
        // The bounds are those of what maps and ids can name, less what nobody has memory for.
        return new CapacityOptions(
            Number("flows", 16_777_216), Number("embryonic-flows", 16_777_216), Number("affinities", 16_777_216),
            Number("frontends", 1_048_576), Number("paths", 16_777_216), Number("slots", 1_073_741_824));

        uint? Number(string key, uint most)
        {
            const uint least = 1_024;
            string text = valueOf(key);
            if (text.Length == 0)
            {
                return null;
            }

            if (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) && number >= least && number <= most)
            {
                return number;
            }

            errors.Add($"{key}: '{text}' must be a number of {least} to {most}");
            return null;
        }
    }

    /// <summary>The maps of the engine ebpf.</summary>
    public EbpfCapacity ToEbpf()
    {
        EbpfCapacity usual = new();
        return usual with
        {
            Flows = Flows ?? usual.Flows,
            EmbryonicFlows = EmbryonicFlows ?? usual.EmbryonicFlows,
            Affinities = Affinities ?? usual.Affinities,
            Services = Frontends ?? usual.Services,
            Paths = Paths ?? usual.Paths,

            // Two slots share an element.
            Slots = (Slots ?? usual.Slots) + ((Slots ?? usual.Slots) % 2),
        };
    }

    /// <summary>The tables of the engine managed; it has no limit of frontends, paths and slots.</summary>
    public ManagedOptions ToManaged(FlowLimits limits, AffinityPrefix prefix)
    {
        ManagedOptions usual = new() { Limits = limits, AffinityPrefix = prefix };
        return usual with
        {
            // A flow is two entries.
            FlowCapacity = Flows is { } flows ? (int)(flows * 2) : usual.FlowCapacity,
            EmbryonicCapacity = EmbryonicFlows is { } embryonic ? (int)(embryonic * 2) : usual.EmbryonicCapacity,
            AffinityCapacity = (int?)Affinities ?? usual.AffinityCapacity,
        };
    }
}
