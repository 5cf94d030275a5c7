namespace Orleans.Cn2.Core.Ecmp;

/// <summary>
/// SipHash-1-3 with 64 bits of output: one round a word, three at the end. Short and keyed, so that clients can't aim flows at one path;
/// the eBPF program computes the same.
/// </summary>
public static class SipHash13
{
    /// <summary>Hash of a message under a 128-bit key: low half k0, high half k1.</summary>
    public static ulong Hash(UInt128 key, ReadOnlySpan<byte> message)
    {
        SipState state = new(key);
        state.Absorb(message, rounds: 1);
        return state.Finish(mark: 0xff, rounds: 3);
    }
}
