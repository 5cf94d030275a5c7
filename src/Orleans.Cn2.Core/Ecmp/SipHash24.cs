namespace Orleans.Cn2.Core.Ecmp;

/// <summary>SipHash-2-4 with 128 bits of output, as in its authors' reference: for content that is compared by hash alone.</summary>
public static class SipHash24
{
    /// <summary>Hash of a message under a 128-bit key (low half k0); the low half of the result is the first 8 bytes of the output, little-endian.</summary>
    public static UInt128 Hash128(UInt128 key, ReadOnlySpan<byte> message)
    {
        SipState state = new(key);
        state.WidenOutput();
        state.Absorb(message, rounds: 2);
        ulong low = state.Finish(mark: 0xee, rounds: 4);
        return new UInt128(state.FinishHigh(rounds: 4), low);
    }
}
