using System.Numerics;

namespace Orleans.Cn2.Core.Tests.Ecmp;

/// <summary>SipHash-c-d straight from the paper, slowly: integers of any size reduced after every step, the padded message built as a list.</summary>
internal static class SipHashReference
{
    private static readonly BigInteger Modulus = BigInteger.One << 64;

    public static byte[] Hash(byte[] key, byte[] message, int c, int d, bool wide)
    {
        BigInteger k0 = Word(key.AsSpan(0, 8));
        BigInteger k1 = Word(key.AsSpan(8, 8));
        BigInteger[] v =
        [
            k0 ^ Word("uespemos"u8), k1 ^ Word("modnarod"u8), k0 ^ Word("arenegyl"u8), k1 ^ Word("setybdet"u8),
        ];
        if (wide)
        {
            v[1] ^= 0xee;
        }

        List<byte> padded = [.. message];
        while (padded.Count % 8 != 7)
        {
            padded.Add(0);
        }

        padded.Add((byte)message.Length);
        foreach (byte[] chunk in padded.Chunk(8))
        {
            v[3] ^= Word(chunk);
            Rounds(v, c);
            v[0] ^= Word(chunk);
        }

        v[2] ^= wide ? 0xee : 0xff;
        Rounds(v, d);
        List<byte> output = [.. Bytes(v[0] ^ v[1] ^ v[2] ^ v[3])];
        if (wide)
        {
            v[1] ^= 0xdd;
            Rounds(v, d);
            output.AddRange(Bytes(v[0] ^ v[1] ^ v[2] ^ v[3]));
        }

        return [.. output];
    }

    private static void Rounds(BigInteger[] v, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Half(v, 0, 1, 13, 32);
            Half(v, 2, 3, 16, 0);
            Half(v, 2, 1, 17, 32);
            Half(v, 0, 3, 21, 0);
        }
    }

    private static void Half(BigInteger[] v, int a, int b, int turn, int swap)
    {
        v[a] = (v[a] + v[b]) % Modulus;
        v[b] = Rotate(v[b], turn) ^ v[a];
        v[a] = Rotate(v[a], swap);
    }

    private static BigInteger Rotate(BigInteger word, int bits) => ((word << bits) % Modulus) | (word >> (64 - bits));

    private static BigInteger Word(ReadOnlySpan<byte> littleEndian) => new(littleEndian, isUnsigned: true);

    private static byte[] Bytes(BigInteger word)
    {
        byte[] bytes = new byte[8];
        word.TryWriteBytes(bytes, out _, isUnsigned: true);
        return bytes;
    }
}
