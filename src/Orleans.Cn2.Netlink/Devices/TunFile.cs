using Microsoft.Win32.SafeHandles;

namespace Orleans.Cn2.Netlink.Devices;

/// <summary>Owns a descriptor of /dev/net/tun or of an eventfd.</summary>
internal sealed class TunFile : SafeHandleMinusOneIsInvalid
{
    public TunFile()
        : base(ownsHandle: true)
    {
    }

    /// <summary>The number; valid while this handle is open.</summary>
    internal int Descriptor => IsClosed ? throw new ObjectDisposedException(nameof(TunFile)) : (int)handle;

    protected override bool ReleaseHandle() => TunCalls.Close((int)handle) == 0;
}
