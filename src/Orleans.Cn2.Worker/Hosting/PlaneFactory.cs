using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Ebpf;
using Orleans.Cn2.Forwarding.Ebpf.Attach;
using Orleans.Cn2.Forwarding.Health;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Forwarding.Tun;
using Orleans.Cn2.Netlink.Interfaces;

namespace Orleans.Cn2.Worker.Hosting;

/// <summary>Opens the data plane that the options ask for.</summary>
internal static class PlaneFactory
{
    /// <exception cref="ForwardingUnavailableException">The engine cannot forward on this machine; the message says what is missing.</exception>
    public static IForwardingPlane Open(WorkerOptions options, HealthBook health) => options.Engine switch
    {
        "none" => new ManagedPlane(ManagedOf(options)),
        "managed" => TunPlane.Open(new TunOptions { Interfaces = PatternsOf(options), Managed = ManagedOf(options) }, health),
        "ebpf" => OpenEbpf(options, health),
        _ => throw new ForwardingUnavailableException($"engine {options.Engine} is not part of this build"),
    };

    private static EbpfPlane OpenEbpf(WorkerOptions options, HealthBook health)
    {
        TunPlane.ClearLeftovers();
        return EbpfPlane.Open(new EbpfOptions
        {
            PinRoot = options.PinRoot,
            Node = options.Node,
            Interfaces = PatternsOf(options),
            Attach = options.Attach switch
            {
                "tcx" => AttachKind.Tcx,
                "clsact" => AttachKind.Clsact,
                _ => AttachKind.Auto,
            },
            Capacity = options.Capacity.ToEbpf(),
            Limits = options.Limits,
            AffinityPrefix = options.AffinityPrefix,
            Mode = options.Mode switch
            {
                "fast" => DeliveryMode.Fast,
                "stack" => DeliveryMode.Stack,
                _ => null,
            },
        }, health);
    }

    private static ManagedOptions ManagedOf(WorkerOptions options) => options.Capacity.ToManaged(options.Limits, options.AffinityPrefix);

    private static InterfacePatterns PatternsOf(WorkerOptions options) => new() { PodSide = options.PodInterfaces, Uplinks = options.UplinkInterfaces };
}
