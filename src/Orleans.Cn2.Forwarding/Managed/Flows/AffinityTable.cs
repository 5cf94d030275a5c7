using System.Runtime.CompilerServices;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Managed.Tables;

namespace Orleans.Cn2.Forwarding.Managed.Flows;

/// <summary>
/// Section 4.7: the path that a client was last led to, by frontend. A binding is kept as an entry of a flow table, for its order of use: the client is
/// its source, the generation of the frontend's affinity its destination.
/// </summary>
internal sealed class AffinityTable
{
    private readonly FlowTable _bindings;
    private readonly MappedAddress _maskV4;
    private readonly MappedAddress _maskV6;

    public AffinityTable(ManagedOptions options, HashSeed seed)
    {
        _bindings = new FlowTable(options.AffinityCapacity, evicts: true, seed);
        (_maskV4, _maskV6) = (Mapped(options.AffinityPrefix.MaskOf(IpFamily.IPv4)), Mapped(options.AffinityPrefix.MaskOf(IpFamily.IPv6)));
    }

    /// <summary>The client as far as the prefix of its family counts.</summary>
    public MappedAddress ClientOf(MappedAddress source, bool isV6)
    {
        MappedAddress mask = isV6 ? _maskV6 : _maskV4;
        return new MappedAddress(source.High & mask.High, source.Low & mask.Low);
    }

    /// <summary>The path of a binding that holds still: young enough, and its path takes new flows. Grows no younger by it.</summary>
    public int? Find(MappedAddress client, FrontendEntry frontend, PathRegistry paths, long now)
    {
        ref FlowEntry binding = ref _bindings.Peek(KeyOf(client, frontend));
        if (Unsafe.IsNullRef(ref binding) || now - binding.Seen >= frontend.Frontend.AffinitySeconds * TimeSpan.NanosecondsPerTick * TimeSpan.TicksPerSecond)
        {
            return null;
        }

        ref readonly PathSlot path = ref paths[binding.Path];
        return path.Epoch == binding.Epoch && path.State == PathState.Active ? binding.Path : null;
    }

    /// <summary>A new flow was made: its path is the client's for another timeout.</summary>
    public void Bind(MappedAddress client, FrontendEntry frontend, int path, uint epoch, long now)
    {
        FlowKey key = KeyOf(client, frontend);
        ref FlowEntry binding = ref _bindings.Find(key);
        if (Unsafe.IsNullRef(ref binding))
        {
            _bindings.TryAdd(key, new FlowEntry { Path = path, Epoch = epoch, Seen = now });
        }
        else
        {
            (binding.Path, binding.Epoch, binding.Seen) = (path, epoch, now);
        }
    }

    private static FlowKey KeyOf(MappedAddress client, FrontendEntry frontend) =>
        new(client, new MappedAddress(0, frontend.AffinityGeneration), 0, 0, 0);

    private static MappedAddress Mapped(UInt128 bits) => new((ulong)(bits >> 64), (ulong)bits);
}
