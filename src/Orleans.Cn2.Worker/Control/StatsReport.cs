using Orleans.Cn2.Forwarding;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Worker.Control;

/// <summary>The counters of the data plane as they are sent to the control plane: totals, never differences.</summary>
internal static class StatsReport
{
    /// <summary>Reads the plane's counters.</summary>
    public static Proto.Stats Of(IForwardingPlane plane, string node)
    {
        EngineStatus status = plane.ReadStatus();
        return new Proto.Stats
        {
            Services = status.Services,
            Paths = status.Paths,
            Flows = status.Flows,
            FlowsCapacity = status.FlowsCapacity,
            EmbryonicFlows = status.EmbryonicFlows,
            SlotsUsed = status.SlotsUsed,
            SlotsCapacity = status.SlotsCapacity,
            Interfaces = { status.Interfaces },
            Reasons =
            {
                plane.ReadReasons().Select(count => new Proto.ReasonCount
                {
                    Node = node,
                    Reason = (Proto.DropReason)count.Reason,
                    Reject = count.Reject,
                    Packets = count.Packets,
                    Bytes = count.Bytes,
                }),
            },
            Frontends =
            {
                plane.ReadFrontends().Select(count => new Proto.FrontendCount
                {
                    FrontendId = count.FrontendId,
                    Packets = count.Packets,
                    Bytes = count.Bytes,
                    NewFlows = count.NewFlows,
                }),
            },
        };
    }
}
