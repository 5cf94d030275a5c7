using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink;

namespace Orleans.Cn2.Forwarding.Ebpf.Node.ServicePair;

/// <summary>What the node has of a service pair.</summary>
/// <param name="Near">The interface of the near name, if any.</param>
/// <param name="Far">The interface of the far name, if any.</param>
/// <param name="Addresses">All addresses of the node.</param>
/// <param name="Routes">The routes of the main table.</param>
/// <param name="Settings">The values of <see cref="ServicePairSettings"/>' paths; a path the kernel does not have is absent.</param>
public sealed record ServicePairState(
    Link? Near,
    Link? Far,
    ImmutableHashSet<IpAddress> Addresses,
    ImmutableArray<Route> Routes,
    ImmutableDictionary<string, string> Settings)
{
    internal static ServicePairState Read(ServicePairSpec spec, RtNetlink kernel, Sysctl settings)
    {
        ImmutableDictionary<string, string>.Builder values = ImmutableDictionary.CreateBuilder<string, string>();
        foreach ((string path, _) in ServicePairSettings.Wanted(spec))
        {
            if (settings.Read(path) is { } value)
            {
                values[path] = value;
            }
        }

        return new ServicePairState(
            kernel.GetLink(spec.NearName),
            kernel.GetLink(spec.FarName),
            [.. kernel.GetAddresses().Select(address => address.Address)],
            [.. kernel.GetRoutes().Where(route => route.Table == Route.MainTable)],
            values.ToImmutable());
    }
}
