namespace Orleans.Cn2.Forwarding;

/// <summary>
/// Why a packet was dropped or rejected. The numbers are the same in the BPF programs (<c>bpf/reasons.h</c>), here and in
/// <c>cn2.v1.DropReason</c>; a number is never given a new meaning.
/// </summary>
public enum DropReason : byte
{
    None = 0,
    NotTranslated = 1,
    Malformed = 2,
    MartianSource = 3,
    SpoofedSource = 4,
    Unallocated = 5,
    BadTcpFlags = 6,
    NoSuchPort = 7,
    NoFlow = 8,
    NoEndpoints = 9,
    NoLocalEndpoints = 10,
    TableChanged = 11,
    NoFreePort = 12,
    PathGone = 13,
    TtlExceeded = 14,
    Fragment = 15,
    IpOptions = 16,
    ExtensionHeader = 17,
    IcmpUnsupported = 18,
    RejectRateLimited = 19,
    NoNextHop = 20,
    FlowsFull = 21,
    Internal = 22,
    IcmpNoFlow = 23,
    PacketTooBig = 24,
    BadIcmpError = 25,
    SourceRoute = 26,
    HeaderChain = 27,
    FragmentOverlap = 28,
    FragmentTiny = 29,
    FragmentTooLong = 30,
    FragmentWithoutFirst = 36,
    FragmentLimit = 37,
    NoSlowPath = 38,
}
