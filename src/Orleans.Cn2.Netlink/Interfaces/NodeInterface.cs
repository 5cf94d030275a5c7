using System.Collections.Immutable;

namespace Orleans.Cn2.Netlink.Interfaces;

/// <summary>An interface the data path concerns itself with.</summary>
/// <param name="Link">Its state.</param>
/// <param name="Role">What it is to the data path.</param>
public sealed record NodeInterface(Link Link, InterfaceRole Role)
{
    /// <summary>The interface index.</summary>
    public int Index => Link.Index;

    /// <summary>The name.</summary>
    public string Name => Link.Name;

    /// <summary>The framing of its packets.</summary>
    public LinkLayer Layer => Link.Layer;

    /// <inheritdoc/>
    public override string ToString() => $"{Name}({Index}, {Role}, {Layer})";
}

/// <summary>One step of the set of interfaces. Work <see cref="Detached"/> off first: an index may come back at once.</summary>
/// <param name="Detached">No longer to be attached to: gone, moved away, renamed, or replaced under the same index.</param>
/// <param name="Attached">New.</param>
/// <param name="Updated">Still attached, with another name, MAC, MTU, master or up/down state.</param>
/// <param name="Refused">Match a pattern, but their framing is unknown; nothing is attached.</param>
public sealed record InterfaceChange(
    ImmutableArray<NodeInterface> Detached,
    ImmutableArray<NodeInterface> Attached,
    ImmutableArray<NodeInterface> Updated,
    ImmutableArray<NodeInterface> Refused)
{
    /// <summary>True when nothing changed.</summary>
    public bool IsEmpty => Detached.IsEmpty && Attached.IsEmpty && Updated.IsEmpty && Refused.IsEmpty;
}
