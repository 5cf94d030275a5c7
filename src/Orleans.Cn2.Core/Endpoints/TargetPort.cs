using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Core.Endpoints;

/// <summary>Resolution of <c>spec.ports[].targetPort</c> by one back end.</summary>
public static class TargetPort
{
    /// <summary>
    /// The port at a VMI. A number is taken as it is, whether the VMI names it or not. A name is that of the VMI's first port with the same name and the
    /// same protocol. 0: there is none, and the VMI is no back end of this port.
    /// </summary>
    public static ushort Resolve(ServicePort port, ValueList<NamedPort> ports)
    {
        ArgumentNullException.ThrowIfNull(port);
        ArgumentNullException.ThrowIfNull(ports);
        if (port.TargetPort.IsUnset)
        {
            return port.Port;
        }

        if (!port.TargetPort.IsText)
        {
            return (ushort)port.TargetPort.Number;
        }

        foreach (NamedPort named in ports)
        {
            if (named.Name == port.TargetPort.Text && named.Protocol == port.Protocol)
            {
                return named.Number;
            }
        }

        return 0;
    }
}
