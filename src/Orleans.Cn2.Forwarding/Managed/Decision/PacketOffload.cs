namespace Orleans.Cn2.Forwarding.Managed;

/// <summary>What of a packet is left to the device that sends it on: nothing by default.</summary>
/// <param name="SegmentSize">Bytes of payload in each segment that a super-packet (GSO) is to be cut into; 0: a packet as on the wire.</param>
/// <param name="IsChecksumPartial">
/// The transport checksum field holds the folded sum of the pseudo-header alone, not complemented; a device adds the rest (CHECKSUM_PARTIAL).
/// </param>
public readonly record struct PacketOffload(int SegmentSize, bool IsChecksumPartial);
