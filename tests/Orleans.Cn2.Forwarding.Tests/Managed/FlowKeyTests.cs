using System.Runtime.CompilerServices;
using CsCheck;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Managed.Flows;

namespace Orleans.Cn2.Forwarding.Tests.Managed;

public sealed class FlowKeyTests
{
    private const int Keys = 1 << 16;

    [Fact]
    public void FlowKey_InMemory_TakesFortyBytes() => Assert.Equal(FlowKey.Bytes, Unsafe.SizeOf<FlowKey>());

    [Fact]
    public void AreEqual_OfAnyTwoKeys_SaysWhatEqualsSays() =>
        Gen.Select(Gen.ULong, Gen.ULong, Gen.UShort, Gen.Byte, Gen.Int[0, 7]).Sample((high, low, port, protocol, changed) =>
        {
            MappedAddress address = new(high, low);
            FlowKey one = new(address, new MappedAddress(low, high), port, 80, protocol);
            FlowKey other = changed switch
            {
                0 => new FlowKey(new MappedAddress(~high, low), one.Destination, port, 80, protocol),
                1 => new FlowKey(new MappedAddress(high, low ^ 1), one.Destination, port, 80, protocol),
                2 => new FlowKey(address, new MappedAddress(low ^ 1, high), port, 80, protocol),
                3 => new FlowKey(address, new MappedAddress(low, ~high), port, 80, protocol),
                4 => one with { SourcePort = (ushort)(port ^ 1) },
                5 => one with { DestinationPort = 81 },
                6 => one with { Protocol = (byte)(protocol ^ 1) },
                _ => new FlowKey(address, one.Destination, ((uint)port << 16) | 80, protocol),
            };
            return one.Equals(other) == (changed == 7) && FlowKey.AreEqual(ref one, ref other) == (changed == 7);
        });

    // One half of a product alone would put sequential ports at equal distances, and some seeds would put them at few places.
    [Fact]
    public void Hash_OfThePortsOfAClient_SpreadsNoWorseThanRandomNumbers()
    {
        for (ulong i = 1; i <= 20; i++)
        {
            HashSeed seed = SeedOf(i);

            int places = Distinct(seed, port => new FlowKey(MappedAddress.OfV4(0x0af40102), MappedAddress.OfV4(0x0a600010), (ushort)port, 80, 17), shift: 15);

            // Of twice as many places as keys random numbers take 1 - 1/sqrt(e), 51,572; some seeds less.
            Assert.InRange(places, 49_500, Keys);
        }
    }

    // An IPv6 client has the low half of its address for itself, and so could keep what an exclusive-or of both makes of it.
    [Fact]
    public void Hash_OfPortsAndAddressesChosenAgainstEachOther_MeetsNoMoreThanRandomNumbers()
    {
        for (ulong i = 1; i <= 20; i++)
        {
            HashSeed seed = SeedOf(i);

            int sources = Distinct(
                seed, port => new FlowKey(new MappedAddress(0xfd00_0000_0000_0000, (ulong)port << 32), new MappedAddress(0xfd00_0000_0000_0001, 7), (ushort)port, 80, 17));
            int replies = Distinct(
                seed, port => new FlowKey(new MappedAddress(0xfd00_0000_0000_0001, 7), new MappedAddress(0xfd00_0000_0000_0000, (ulong)port << 16), 80, (ushort)port, 17));

            Assert.InRange(sources, Keys - 10, Keys);
            Assert.InRange(replies, Keys - 10, Keys);
        }
    }

    private static int Distinct(HashSeed seed, Func<int, FlowKey> keyOf, int shift = 0) =>
        Enumerable.Range(0, Keys).Select(port => keyOf(port).Hash(seed) >> shift).Distinct().Count();

    private static HashSeed SeedOf(ulong number)
    {
        Random random = new((int)number);
        return new HashSeed([.. Enumerable.Range(0, 5).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue))]);
    }
}
