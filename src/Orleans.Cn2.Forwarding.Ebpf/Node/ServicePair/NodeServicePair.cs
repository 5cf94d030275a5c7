using System.Collections.Immutable;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Netlink.Services;

namespace Orleans.Cn2.Forwarding.Ebpf.Node.ServicePair;

/// <summary>A service pair that stands.</summary>
/// <param name="Near">The end the routes point at; packets for the node's own processes are redirected into its ingress, to its MAC.</param>
/// <param name="Far">The end where the data path listens.</param>
/// <param name="Steps">What had to be done; empty when all was there.</param>
/// <param name="Unserved">Service subnets that the node's own processes cannot reach, with the reason.</param>
public sealed record ServicePairReport(
    Link Near, Link Far, ImmutableArray<ServicePairStep> Steps, ImmutableArray<UnservedSubnet> Unserved);

/// <summary>
/// Sets the service pair up, adopting what is there and repairing what differs, and takes it down. Call it on a thread
/// in the node's network namespace, that <c>/proc/sys/net</c> is the same one's.
/// </summary>
public sealed class NodeServicePair
{
    /// <summary>One round makes the pair, one configures it, one finds nothing to do; one more for a change in between.</summary>
    private const int MaxRounds = 4;

    private readonly RtNetlink _kernel;
    private readonly Sysctl _settings;

    /// <summary>A pair in the namespace of <paramref name="kernel"/>.</summary>
    public NodeServicePair(RtNetlink kernel, Sysctl settings) => (_kernel, _settings) = (kernel, settings);

    /// <summary>Brings the node to the spec; does nothing when it is there already.</summary>
    /// <exception cref="InvalidOperationException">A name is taken by a foreign interface, or something keeps undoing the work.</exception>
    /// <exception cref="IOException">The kernel refused a step; the message names it.</exception>
    public ServicePairReport Apply(ServicePairSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        List<ServicePairStep> done = [];
        ServicePairPlan plan;
        for (int round = 0; ; round++)
        {
            ServicePairState state = ServicePairState.Read(spec, _kernel, _settings);
            plan = ServicePairPlan.Of(spec, state);
            if (plan.Conflict is not null)
            {
                throw new InvalidOperationException(plan.Conflict);
            }

            if (plan.Steps.IsEmpty)
            {
                return new ServicePairReport(state.Near!, state.Far!, [.. done], plan.Unserved);
            }

            if (round == MaxRounds)
            {
                break;
            }

            foreach (ServicePairStep step in plan.Steps)
            {
                Apply(spec, step);
                done.Add(step);
            }
        }

        throw new InvalidOperationException(
            $"{spec.NearName}/{spec.FarName} will not stay as set up; still to do after {MaxRounds} rounds: {string.Join(", ", plan.Steps)}");
    }

    /// <summary>Removes the pair and with it its routes; a foreign interface of that name stays. True when there was one.</summary>
    public bool Remove(ServicePairSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ServicePairState state = ServicePairState.Read(spec, _kernel, _settings);
        if (ServicePairPlan.Of(spec, state).Conflict is not null || (state.Near ?? state.Far) is not { } end)
        {
            return false;
        }

        _kernel.DeleteLink(end.Index);
        return true;
    }

    private void Apply(ServicePairSpec spec, ServicePairStep step)
    {
        switch (step)
        {
            case RemoveEnd remove:
                Remove(remove.LinkIndex);
                break;
            case CreatePair:
                _kernel.AddVethPair(
                    new VethEnd(spec.NearName, ServicePairSpec.NearMac), new VethEnd(spec.FarName, ServicePairSpec.FarMac), spec.Mtu, noArp: true);
                break;
            case SetEndMtu mtu:
                _kernel.SetMtu(mtu.LinkIndex, mtu.Mtu);
                break;
            case WriteSetting setting:
                _settings.Write(setting.Path, setting.Value);
                break;
            case BringUp up:
                _kernel.SetFlags(up.LinkIndex, LinkFlags.Up | LinkFlags.NoArp);
                break;
            case RouteSubnet subnet:
                _kernel.ReplaceRoute(subnet.Route);
                break;
            case UnrouteSubnet stale:
                _kernel.DeleteRoute(stale.Route);
                break;
            default:
                throw new InvalidOperationException($"no way to apply {step}");
        }
    }

    private void Remove(int linkIndex)
    {
        // Removing one end of a pair takes the other along, so the second removal may find nothing.
        if (_kernel.GetLink(linkIndex) is not null)
        {
            _kernel.DeleteLink(linkIndex);
        }
    }
}
