using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Health;
using Orleans.Cn2.Forwarding.Tun.Devices;
using Orleans.Cn2.Forwarding.Tun.Packets;
using Orleans.Cn2.Forwarding.Tun.Routing;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Netlink.Interfaces;
using Orleans.Cn2.Netlink.Services;

namespace Orleans.Cn2.Forwarding.Tun;

/// <summary>Our interfaces on the node, and what is routed into them. Call it on a thread in the node's network namespace.</summary>
internal sealed class CapturedNode(RtNetlink kernel, PacketLoop loop, HealthBook health) : IDisposable
{
    /// <summary>What the names of our interfaces look like: <c>cn2m0</c> for the node's own processes, else with the index of the captured one.</summary>
    internal const string NamePattern = "cn2m*";

    private const string NamePrefix = "cn2m";
    private const string EbpfPair = "cn2s0";
    private const string Part = "routing";
    private const uint LargestMtu = 65_535;
    private const uint UsualMtu = 1500;

    private readonly Sysctl _settings = new();
    private readonly NodeRouting _routing = new(kernel);
    private readonly Dictionary<int, TunPort> _ports = [];
    private TunPort? _nodePort;

    /// <summary>The interfaces whose packets come here.</summary>
    internal ImmutableArray<NodeInterface> Interfaces { get; private set; } = [];

    /// <summary>Index of the interface of the node's own processes; 0 while there is none.</summary>
    internal int NodeDevice => _nodePort?.Device.Index ?? 0;

    /// <summary>Its MTU: that of the narrowest way to a VMI.</summary>
    internal uint NodeMtu { get; private set; } = UsualMtu;

    /// <summary>Takes back the rules of a process that was killed.</summary>
    /// <exception cref="ForwardingUnavailableException">The eBPF engine serves this node.</exception>
    internal void ClearLeftovers()
    {
        if (kernel.GetLink(EbpfPair) is not null)
        {
            throw new ForwardingUnavailableException(
                $"the eBPF engine's programs serve this node (there is an interface {EbpfPair}): end that first, docs/operations.md says how");
        }

        _routing.Clear();
    }

    /// <summary>Makes interfaces, rules and routes what they are to be; what the kernel refuses is told, and tried again the next time.</summary>
    /// <param name="settings">Services and addresses.</param>
    /// <param name="matching">The node's interfaces that packets of ours come by.</param>
    /// <param name="publish">Called when the interfaces are known and no packet comes from a new one yet.</param>
    /// <param name="isRepair">True where whatever has to be done was undone by somebody else.</param>
    internal void Keep(NodeSettings settings, ImmutableArray<NodeInterface> matching, Action publish, bool isRepair)
    {
        try
        {
            List<string> unseen = [];
            ImmutableArray<NodeInterface> captured = [.. matching.Where(one => IsCapturable(one, matching, unseen))];
            List<string> done = [];
            List<TunPort> ended = KeepDevices(captured, done);
            Interfaces = captured;
            publish();
            loop.SetPorts([.. _ports.Values, _nodePort!]);
            ended.ForEach(port => port.Device.Dispose());
            (ImmutableArray<string> routed, ImmutableArray<UnservedSubnet> unserved) = _routing.Apply(SpecOf(settings, captured));
            done.AddRange(routed);
            if (isRepair && done.Count > 0)
            {
                health.Repair(Part, string.Join(", ", done));
            }

            unseen.AddRange(unserved.Select(subnet => $"the node's own processes do not reach {subnet.Subnet}: {subnet.Reason}"));
            unseen.AddRange(NodeForwarding.Unset(_settings, settings.ServiceSubnets));
            health.SetCondition(Part, unseen.Count == 0 ? null : string.Join("; ", unseen));
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            health.SetCondition(Part, refusal.Message);
        }
    }

    /// <summary>Takes everything back. No packet comes any more.</summary>
    public void Dispose()
    {
        try
        {
            _routing.Clear();
        }
        catch (IOException refusal)
        {
            // Without our interfaces the rules lead nowhere, and the next start takes them back.
            health.Fault(Part, refusal);
        }

        loop.SetPorts([]);
        foreach (TunPort port in _ports.Values)
        {
            port.Device.Dispose();
        }

        _nodePort?.Device.Dispose();
    }

    private static bool IsCapturable(NodeInterface one, ImmutableArray<NodeInterface> matching, List<string> unseen)
    {
        if (one.Link.MasterIndex == 0)
        {
            return true;
        }

        // Routing sees the master alone. Where that is no interface of ours, as a bridge of pods, nobody sees what goes from port to port.
        if (!matching.Any(other => other.Index == one.Link.MasterIndex))
        {
            unseen.Add($"{one.Name} is a port of interface {one.Link.MasterIndex}: its packets are not seen, the managed engine needs routed pods");
        }

        return false;
    }

    /// <summary>One interface of ours for each captured one, and that of the node. Answers those that are not needed any more, still open.</summary>
    private List<TunPort> KeepDevices(ImmutableArray<NodeInterface> captured, List<string> done)
    {
        List<TunPort> ended = [];
        HashSet<int> wanted = [.. captured.Select(one => one.Index)];
        foreach (TunPort port in _ports.Values.Where(port => port.Device.IsBroken || !wanted.Contains(port.Interface)).ToArray())
        {
            _ports.Remove(port.Interface);
            ended.Add(port);
        }

        if (_nodePort is { Device.IsBroken: true })
        {
            ended.Add(_nodePort);
            _nodePort = null;
        }

        if (_nodePort is null)
        {
            TunDevice device = TunDevice.Create(NamePrefix + "0", kernel);
            _nodePort = new TunPort(device, device.Index, IsNode: true);
            done.Add($"interface {device.Name}");
        }

        NodeMtu = captured.IsEmpty ? UsualMtu : Math.Min(LargestMtu, captured.Min(one => one.Link.Mtu));
        done.AddRange(DeviceSettings.Apply(_nodePort.Device, NodeMtu, kernel, _settings));
        foreach (NodeInterface one in captured)
        {
            if (!_ports.TryGetValue(one.Index, out TunPort? port))
            {
                _ports[one.Index] = port = new TunPort(TunDevice.Create($"{NamePrefix}{one.Index}", kernel), one.Index, IsNode: false);
                done.Add($"interface {port.Device.Name}");
            }

            done.AddRange(DeviceSettings.Apply(port.Device, LargestMtu, kernel, _settings));
        }

        return ended;
    }

    private RoutingSpec SpecOf(NodeSettings settings, ImmutableArray<NodeInterface> captured)
    {
        ILookup<int, IpAddress> addresses = kernel.GetAddresses().ToLookup(each => each.LinkIndex, each => each.Address);
        return new RoutingSpec(
            settings.ServiceSubnets,
            settings.NodeAddresses,
            settings.SnatAddresses,
            NodeDevice,
            [.. captured.Select(one => new CapturedInterface(one.Index, one.Name, _ports[one.Index].Device.Index, [.. addresses[one.Index]]))]);
    }
}
