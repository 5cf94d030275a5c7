using Microsoft.Win32.SafeHandles;

namespace Orleans.Cn2.Netlink;

/// <summary>Owns the descriptor of one AF_NETLINK socket. It stays in the network namespace of the thread that opened it.</summary>
internal sealed class NetlinkSocketHandle : SafeHandleMinusOneIsInvalid
{
    public NetlinkSocketHandle()
        : base(ownsHandle: true)
    {
    }

    /// <summary>Gives the descriptor away; this handle closes nothing afterwards.</summary>
    internal nint Release()
    {
        nint descriptor = handle;
        SetHandleAsInvalid();
        return descriptor;
    }

    protected override bool ReleaseHandle() => LibC.Close(handle) == 0;
}
