using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Forwarding.Ebpf.Layout;

/// <summary>The word of a path: epoch in bits 0..31, state in 32..39 (0 is gone), next hop index in 40..63. Written in one store.</summary>
internal readonly record struct PathWord(ulong Bits)
{
    internal PathWord(uint epoch, PathState state, uint hop)
        : this(epoch | ((ulong)state << 32) | ((ulong)hop << 40))
    {
    }

    internal uint Epoch => (uint)Bits;

    /// <summary>The state; 0 is no state but an id that is free or gone.</summary>
    internal PathState State => (PathState)(byte)(Bits >> 32);

    internal uint Hop => (uint)(Bits >> 40);

    /// <summary>The word of a path that is gone: the next epoch, so that every flow on it ends.</summary>
    internal PathWord Gone() => new(Epoch + 1, 0, 0);
}
