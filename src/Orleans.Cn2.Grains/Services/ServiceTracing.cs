using System.Diagnostics;
using Orleans.Cn2.Core;

namespace Orleans.Cn2.Grains.Services;

/// <summary>The steps of a Service's changes as spans, from the apply to the publication whose context travels on to the workers.</summary>
internal static class ServiceTracing
{
    private static readonly ActivitySource Source = new("Orleans.Cn2.Services");

    /// <summary>Begins a step; null when nobody listens.</summary>
    public static Activity? Start(string step, NamespacedName service) => Source.StartActivity(step)?.SetTag("cn2.service", service.ToString());
}
