using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Ebpf;
using Orleans.Cn2.Forwarding.Ebpf.Attach;
using Orleans.Cn2.Netlink.Interfaces;
using Orleans.Cn2.Forwarding.Health;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Worker.Hosting;

/// <summary>Opens the data plane that the options ask for.</summary>
internal static class PlaneFactory
{
    /// <exception cref="ForwardingUnavailableException">The engine cannot forward on this machine; the message says what is missing.</exception>
    public static IForwardingPlane Open(WorkerOptions options, HealthBook health) => options.Engine switch
    {
        "managed" => new ManagedPlane(new ManagedOptions { Limits = options.Limits, AffinityPrefix = options.AffinityPrefix }),
        "ebpf" => EbpfPlane.Open(new EbpfOptions
        {
            PinRoot = options.PinRoot,
            Node = options.Node,
            Interfaces = new InterfacePatterns { PodSide = options.PodInterfaces, Uplinks = options.UplinkInterfaces },
            Attach = options.Attach switch
            {
                "tcx" => AttachKind.Tcx,
                "clsact" => AttachKind.Clsact,
                _ => AttachKind.Auto,
            },
            Limits = options.Limits,
            AffinityPrefix = options.AffinityPrefix,
            Mode = options.Mode switch
            {
                "fast" => DeliveryMode.Fast,
                "stack" => DeliveryMode.Stack,
                _ => null,
            },
        }, health),
        _ => throw new ForwardingUnavailableException($"engine {options.Engine} is not part of this build"),
    };
}
