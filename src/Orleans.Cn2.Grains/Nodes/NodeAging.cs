using Microsoft.Extensions.Logging;
using Orleans.Cn2.Core.Nodes;

namespace Orleans.Cn2.Grains.Nodes;

/// <summary>What time alone changes of a node: it is lost, or stood for long enough after repeated losses; leases of its VMIs run out, or were kept for long enough.</summary>
internal sealed class NodeAging(Cn2GrainsOptions options, NodeStream stream, DateTimeOffset started, string node, ILogger log)
{
    /// <summary>How long a node, or a VMI, is held back after its losses.</summary>
    public TimeSpan HoldOf(LossRecord losses) => losses.Hold(options.FlapHold, options.FlapLimit);

    /// <summary>Makes the changes that are due.</summary>
    /// <param name="state">The node.</param>
    /// <param name="stored">As it was stored last.</param>
    /// <param name="now">The time.</param>
    /// <returns>Namespaces that have to know; null where nothing changed.</returns>
    public HashSet<string>? Age(NodeState state, NodeSnapshot stored, DateTimeOffset now)
    {
        bool turned = false;
        stream.Expire(options.Heartbeat * 4);
        if (state is { HadWorker: true, Lost: false, Spec: not null } && stream.IsLost(options.NodeGrace))
        {
            (state.Lost, state.Losses, turned) = (true, state.Losses.Lose(now, options.FlapMemory), true);
            log.Lost(node, stream.Lasted);
        }

        if (state is { HeldBack: true, Lost: false } && stream.Stands && stream.Lasted >= HoldOf(state.Losses))
        {
            (state.HeldBack, turned) = (false, true);
            log.Steady(node, HoldOf(state.Losses));
        }

        HashSet<string> concerned = turned ? [.. state.Namespaces] : [];
        AgeLeases(state, stored, now, concerned);
        return turned || concerned.Count > 0 ? concerned : null;
    }

    private void AgeLeases(NodeState state, NodeSnapshot stored, DateTimeOffset now, HashSet<string> concerned)
    {
        foreach (VmiRecord record in stored.Aging)
        {
            if (record.RunsOut(now, started))
            {
                state.Vmis[record.Vmi.Uid] = record.Lapse(now, options.FlapMemory);
                log.LeaseExpired(record.Vmi.Name, record.LeaseSeconds);
            }
            else if (record.IsSteady(now, HoldOf))
            {
                state.Vmis[record.Vmi.Uid] = record with { HeldSince = null };
            }
            else
            {
                continue;
            }

            concerned.Add(record.Vmi.Name.Namespace);
        }
    }
}
