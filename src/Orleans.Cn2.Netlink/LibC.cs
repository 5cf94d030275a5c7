using System.Runtime.InteropServices;

namespace Orleans.Cn2.Netlink;

/// <summary>The system calls of this folder, as libc offers them. Each sets errno.</summary>
internal static partial class LibC
{
    internal const int AfNetlink = 16;
    internal const int SockRaw = 3;
    internal const int SockCloseOnExec = 0x80000;
    internal const int SolNetlink = 270;
    internal const int NetlinkExtendedAck = 11;
    internal const int NetlinkCapAck = 10;
    internal const int NetlinkStrictCheck = 12;
    internal const int NetlinkAddMembership = 1;
    internal const int MsgTruncate = 0x20;
    internal const int SolSocket = 1;
    internal const int ReceiveBufferForce = 33;

    internal const int NoEntry = 2;
    internal const int NoProcess = 3;
    internal const int Interrupted = 4;
    internal const int AccessDenied = 13;
    internal const int Exists = 17;
    internal const int NoDevice = 19;
    internal const int InvalidArgument = 22;
    internal const int OperationNotSupported = 95;
    internal const int FamilyNotSupported = 97;
    internal const int NetworkDown = 100;
    internal const int NetworkUnreachable = 101;
    internal const int HostUnreachable = 113;

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    internal static partial NetlinkSocketHandle OpenSocket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    internal static partial int Bind(NetlinkSocketHandle socket, in NetlinkEndpoint address, int length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    internal static partial int SetOption(NetlinkSocketHandle socket, int level, int option, in int value, int length);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    internal static partial nint Send(NetlinkSocketHandle socket, ReadOnlySpan<byte> buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recvfrom", SetLastError = true)]
    internal static partial nint Receive(
        NetlinkSocketHandle socket, Span<byte> buffer, nint length, int flags, out NetlinkEndpoint sender, ref int senderLength);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(nint descriptor);
}

/// <summary>struct sockaddr_nl; the kernel's own port is 0.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NetlinkEndpoint
{
    internal const int Size = 12;

    internal ushort Family;
    internal ushort Padding;
    internal uint Port;
    internal uint Groups;
}
