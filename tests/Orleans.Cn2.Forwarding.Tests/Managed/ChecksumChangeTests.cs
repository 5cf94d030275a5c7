using System.Buffers.Binary;
using CsCheck;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Managed.Flows;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Tests.Managed;

public sealed class ChecksumChangeTests
{
    private static readonly Gen<MappedAddress> Address = Gen.OneOf(
        Gen.Select(Gen.ULong, Gen.ULong, (high, low) => new MappedAddress(high, low)),
        Gen.UInt.Select(MappedAddress.OfV4));

    private static readonly Gen<ushort> Word = Gen.OneOf(Gen.UShort, Gen.UShort[0, 1], Gen.UShort[0xfffe, 0xffff]);

    [Fact]
    public void ChecksumChange_OfAnyTranslation_ChangesLikeWordByWord() =>
        Gen.Select(Address, Address, Address, Address, Gen.Select(Word, Word, Word, Word, Word)).Sample((source, destination, toSource, toDestination, words) =>
        {
            (ushort sourcePort, ushort destinationPort, ushort toSourcePort, ushort toDestinationPort, ushort checksum) = words;
            FlowKey key = new(source, destination, sourcePort, destinationPort, IpProtocol.Udp);
            FlowEntry to = new() { Source = toSource, Destination = toDestination, SourcePort = toSourcePort, DestinationPort = toDestinationPort };
            ulong addresses = source.ChangeTo(toSource) + destination.ChangeTo(toDestination);
            ulong all = addresses + InternetChecksum.Change(sourcePort, toSourcePort) + InternetChecksum.Change(destinationPort, toDestinationPort);

            ChecksumChange change = ChecksumChange.Of(key, to);

            // Whatever the TTL is and stands beside, it goes down by one in the high byte of its word.
            Assert.Equal(InternetChecksum.Update(checksum, addresses + InternetChecksum.Change((ushort)0x4011, (ushort)0x3f11)), Read(change.OfHeader(Lie(checksum))));
            ushort tcp = InternetChecksum.Update(checksum, all);
            Assert.Equal(tcp, Read(change.OfTcp(Lie(checksum))));
            Assert.Equal(checksum == 0 ? 0 : tcp == 0 ? ushort.MaxValue : tcp, Read(change.OfUdp(Lie(checksum))));
        });

    [Fact]
    public void LinkAddresses_WrittenAndRead_AreWhatTheyWere() =>
        Gen.Select(Gen.ULong[0, 0xffff_ffff_ffff], Gen.ULong[0, 0xffff_ffff_ffff]).Sample((destination, source) =>
        {
            byte[] frame = new byte[13];
            new LinkAddresses(destination, source).Write(frame);

            LinkAddresses read = LinkAddresses.Of(frame);

            Assert.Equal((destination, source), (read.Destination, read.Source));
            Assert.Equal(new LinkAddresses(source, destination), read.Swapped);
            Assert.Equal((byte)(destination >> 40), frame[0]);
            Assert.Equal(((byte)(source >> 40), (byte)source, 0), (frame[6], frame[11], frame[12]));
        });

    // As it lies in a packet, and back.
    private static ushort Lie(ushort word) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(word) : word;

    private static ushort Read(ushort word) => Lie(word);
}
