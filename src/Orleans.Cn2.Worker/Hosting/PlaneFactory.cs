using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed;

namespace Orleans.Cn2.Worker.Hosting;

/// <summary>Opens the data plane that the options ask for.</summary>
internal static class PlaneFactory
{
    /// <exception cref="ForwardingUnavailableException">The engine cannot forward on this machine; the message says what is missing.</exception>
    public static IForwardingPlane Open(WorkerOptions options) => options.Engine switch
    {
        "managed" => new ManagedPlane(),
        _ => throw new ForwardingUnavailableException($"engine {options.Engine} is not part of this build"),
    };
}
