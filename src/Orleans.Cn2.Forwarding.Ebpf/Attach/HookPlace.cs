namespace Orleans.Cn2.Forwarding.Ebpf.Attach;

/// <summary>Where a program of the data path listens.</summary>
internal enum HookKind
{
    Ingress,
    Egress,
    Node,
}

/// <summary>A hook of an interface.</summary>
internal readonly record struct HookPlace(int Interface, HookKind Kind)
{
    /// <summary>True where packets leave; the node's pair is listened to where they arrive.</summary>
    internal bool IsEgress => Kind == HookKind.Egress;

    /// <inheritdoc/>
    public override string ToString() => $"{Kind switch { HookKind.Ingress => "ingress", HookKind.Egress => "egress", _ => "node" }} of interface {Interface}";
}

/// <summary>How programs get onto interfaces.</summary>
public enum AttachKind
{
    /// <summary>TCX where the kernel has it, else clsact.</summary>
    Auto,

    /// <summary>TCX links (Linux 6.6).</summary>
    Tcx,

    /// <summary>cls_bpf filters in direct action at a clsact discipline.</summary>
    Clsact,
}
