using System.Collections.Immutable;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Health;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Tun.Devices;
using Orleans.Cn2.Forwarding.Tun.Routing;
using Orleans.Cn2.Netlink;

namespace Orleans.Cn2.Forwarding.Tun;

/// <summary>
/// The managed engine on the node's real packets: routes lead them into TUN interfaces of this process (docs/datapath.md, section 10). Flows and routes end
/// with it.
/// </summary>
public sealed class TunPlane : IForwardingPlane
{
    private readonly ManagedPlane _plane;
    private readonly TunDriver _driver;

    private TunPlane(ManagedPlane plane, TunDriver driver) => (_plane, _driver) = (plane, driver);

    /// <inheritdoc/>
    public string Engine => _plane.Engine;

    /// <summary>Opens it in the calling thread's network namespace, and clears what an earlier one left. Packets come with the first settings.</summary>
    /// <param name="options">How; null: the defaults.</param>
    /// <param name="health">Told of faults and repairs; null: nobody asks.</param>
    /// <param name="time">The clock of flows and periods.</param>
    /// <exception cref="ForwardingUnavailableException">This machine or these privileges do not suffice, or another engine serves the node.</exception>
    public static TunPlane Open(TunOptions? options = null, HealthBook? health = null, TimeProvider? time = null)
    {
        options ??= new TunOptions();
        if (!OperatingSystem.IsLinux())
        {
            throw new ForwardingUnavailableException("the managed engine needs Linux to carry packets; --engine none holds the tables alone");
        }

        if (TunDevice.Refusal() is { } refusal)
        {
            throw new ForwardingUnavailableException($"the managed engine can't carry packets: {refusal}");
        }

        ManagedPlane plane = new(options.Managed, time);
        try
        {
            TunDriver driver = new(plane, options, health ?? new HealthBook(), time ?? TimeProvider.System);
            driver.Start();
            return new TunPlane(plane, driver);
        }
        catch (IOException cause)
        {
            throw new ForwardingUnavailableException($"the managed engine can't carry packets: {cause.Message}", cause);
        }
    }

    /// <summary>Takes back the rules that a killed process left in the calling thread's network namespace, for an engine that comes after.</summary>
    /// <exception cref="ForwardingUnavailableException">The kernel refuses.</exception>
    public static void ClearLeftovers()
    {
        try
        {
            using RtNetlink kernel = RtNetlink.Open();
            new NodeRouting(kernel).Clear();
        }
        catch (IOException cause)
        {
            throw new ForwardingUnavailableException($"rules of the managed engine can't be taken back: {cause.Message}", cause);
        }
    }

    /// <inheritdoc/>
    public void Configure(NodeSettings settings)
    {
        _plane.Configure(settings);
        _driver.Configure(settings);
    }

    /// <inheritdoc/>
    public ImmutableArray<Rejection> Apply(TableChange change)
    {
        // Next hops come before paths: a packet that meets a path without one is dropped, and TCP waits a second before it tries again.
        _driver.Refresh();
        return _plane.Apply(change);
    }

    /// <inheritdoc/>
    public TableDigest ReadDigest(int shard) => _plane.ReadDigest(shard);

    /// <inheritdoc/>
    public IEnumerable<(int Shard, ServiceTable Table)> ReadTables() => _plane.ReadTables();

    /// <inheritdoc/>
    public ImmutableArray<ReasonCount> ReadReasons() => _plane.ReadReasons();

    /// <inheritdoc/>
    public ImmutableArray<FrontendCount> ReadFrontends() => _plane.ReadFrontends();

    /// <inheritdoc/>
    public IEnumerable<FlowRow> ReadFlows(FlowFilter filter, int limit) => _plane.ReadFlows(filter, limit);

    /// <inheritdoc/>
    public EngineStatus ReadStatus() => _plane.ReadStatus() with
    {
        Mode = "routed",
        ModeReasons = ["packets are routed through this process, by the interfaces cn2m*"],
    };

    /// <inheritdoc/>
    public Explanation Explain(PacketTuple packet) => _plane.Explain(packet);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _driver.DisposeAsync();
        await _plane.DisposeAsync();
    }
}
