using Orleans.Cn2.Forwarding;

namespace Orleans.Cn2.Worker.Hosting;

/// <summary>Opens the data plane that the options ask for.</summary>
internal static class PlaneFactory
{
    /// <exception cref="ForwardingUnavailableException">The engine cannot forward on this machine; the message says what is missing.</exception>
    public static IForwardingPlane Open(WorkerOptions options) => throw new ForwardingUnavailableException(options.Engine);
}
