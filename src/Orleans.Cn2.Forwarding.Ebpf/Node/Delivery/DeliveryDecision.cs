using System.Collections.Immutable;

namespace Orleans.Cn2.Forwarding.Ebpf.Node.Delivery;

/// <summary>How translated packets reach a VMI. One mode per node, never mixed within a flow.</summary>
public enum DeliveryMode
{
    /// <summary>Through the node's IP stack: routing, netfilter and policies see client and VMI both ways.</summary>
    Stack,

    /// <summary>Redirected from interface to interface, past the stack.</summary>
    Fast,
}

/// <summary>A mode with why.</summary>
/// <param name="Mode">The mode.</param>
/// <param name="Reasons">For <see cref="DeliveryMode.Stack"/> each guard that fast delivery would skip; else what was found clear. Never empty.</param>
public sealed record DeliveryDecision(DeliveryMode Mode, ImmutableArray<string> Reasons)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Mode}: {string.Join("; ", Reasons)}";
}
