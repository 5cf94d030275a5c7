using Microsoft.Win32.SafeHandles;

namespace Orleans.Cn2.Forwarding.Ebpf.Native;

/// <summary>A file descriptor of a map, program or link, or of a directory that is locked. Closing it drops one reference.</summary>
internal sealed class BpfHandle : SafeHandleMinusOneIsInvalid
{
    internal BpfHandle(int descriptor)
        : base(ownsHandle: true) => SetHandle(descriptor);

    /// <summary>The number the kernel knows it by; valid while this handle is open.</summary>
    internal int Descriptor => IsClosed ? throw new ObjectDisposedException(nameof(BpfHandle)) : (int)handle;

    protected override bool ReleaseHandle() => LinuxCalls.Close((int)handle) == 0;
}
