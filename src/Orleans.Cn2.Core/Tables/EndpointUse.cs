using Orleans.Cn2.Core.Collections;

namespace Orleans.Cn2.Core.Tables;

/// <summary>How a Service uses one VMI.</summary>
/// <param name="Selected">Its selector matches.</param>
/// <param name="State">
/// The best state of its paths at any node; <see langword="null"/>: it is no path, as one without the port asked for. While it is not
/// <see cref="PathState.Active"/> no node gives it new flows.
/// </param>
/// <param name="Ports">Its target ports: only flows to these are of this Service.</param>
[GenerateSerializer, Immutable]
public sealed record EndpointUse(
    [property: Id(0)] bool Selected, [property: Id(1)] PathState? State, [property: Id(2)] ValueList<ushort> Ports)
{
    /// <summary>A VMI that is no endpoint.</summary>
    public static EndpointUse None { get; } = new(false, null, []);

    /// <summary>
    /// The use that <paramref name="entry"/> makes of a VMI. Its own node's table tells for all: what policy or topology restricts to some nodes is
    /// restricted to those nearest to the VMI, so what is not active there is active nowhere.
    /// </summary>
    public static EndpointUse Of(ServiceEntry entry, ulong vmiId)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (entry.Endpoints.FirstOrDefault(endpoint => endpoint.VmiId == vmiId) is not { } endpoint)
        {
            return None;
        }

        PathState[] states = [.. TableCompiler.Compile(entry, new NodeView(endpoint.Node, endpoint.Zone)).Frontends
            .SelectMany(frontend => frontend.Paths).Where(path => path.VmiId == vmiId).Select(path => path.State)];
        return new(
            endpoint.Selected,
            states.Length > 0 ? states.Min() : null,
            endpoint.TargetPorts.Where(port => port != 0).Distinct().ToValueList());
    }
}
