using Google.Protobuf.WellKnownTypes;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Health;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Worker.Control;

/// <summary>The counters of the data plane as they are sent to the control plane: totals, never differences.</summary>
internal sealed class StatsReport(IForwardingPlane plane, HealthBook health, string node)
{
    /// <summary>Name of this part in the book.</summary>
    public const string Part = "counters";

    private Proto.Stats _last = new();

    /// <summary>The counters as they are now; where they can't be read the last ones, and the health says so.</summary>
    public Proto.Stats Next()
    {
        try
        {
            _last = Read();
            health.Recover(Part);
        }
        catch (Exception failure)
        {
            health.Fault(Part, failure);
        }

        Proto.Stats stats = _last.Clone();
        stats.Health.AddRange(health.Read().Select(part => new Proto.PartHealth
        {
            Part = part.Part,
            Faulty = part.IsFaulty,
            Cause = part.Cause,
            Faults = part.Faults,
            Repairs = part.Repairs,
            At = Timestamp.FromDateTimeOffset(part.At),
        }));
        return stats;
    }

    private Proto.Stats Read()
    {
        EngineStatus status = plane.ReadStatus();
        return new Proto.Stats
        {
            Mode = status.Mode,
            ModeReasons = { status.ModeReasons },
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
