using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Orleans.Cn2.Api.Errors;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Addressing;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Mapping;

/// <summary>Nodes and the state of their vRouters.</summary>
internal static class NodeMapping
{
    /// <exception cref="FieldException">An address or prefix can't be read.</exception>
    public static NodeSpec ToSpec(Proto.Node node)
    {
        Proto.ObjectMeta metadata = node.Metadata ?? new Proto.ObjectMeta();
        return new NodeSpec(
            [.. node.Addresses.Select((text, index) => IpAddress.TryParse(text, null, out IpAddress address)
                ? address
                : throw new FieldException(
                    $"addresses[{index}]", $"Invalid value: \"{text}\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"))],
            node.Zone.Length == 0 ? null : node.Zone,
            [.. Prefixes(node.PodCidrs)],
            ManifestMapping.Labels(metadata.Labels),
            ManifestMapping.Labels(metadata.Annotations));
    }

    public static Proto.Node ToProto(NodeView view, VRouterStatus? vrouter)
    {
        Proto.Node node = new()
        {
            Metadata = ServiceMapping.ToMetadata(
                "", view.Name, view.Uid, view.ResourceVersion, view.CreatedAt, view.Spec.Labels, view.Spec.Annotations),
            Zone = view.Spec.Zone ?? "",
            Draining = view.Draining,
            HeldBack = view.HeldBack,
            Vrouter = new Proto.VRouterStatus
            {
                State = view.Presence.ToString(),
                LastSeen = view.LastSeen?.ToTimestamp(),
                Vmis = view.Vmis,
            },
        };
        node.Addresses.AddRange(view.Spec.Addresses.Select(address => address.ToString()));
        node.PodCidrs.AddRange(view.Spec.PodPrefixes.Select(prefix => prefix.ToString()));
        if (vrouter is not null)
        {
            Fill(node.Vrouter, vrouter);
        }

        return node;
    }

    private static void Fill(Proto.VRouterStatus message, VRouterStatus status)
    {
        message.InSync = status.InSync;
        message.Services = status.Services;
        message.Paths = status.Paths;
        message.Flows = status.Stats?.Flows ?? 0;
        message.FlowsCapacity = status.Stats?.FlowsCapacity ?? 0;
        message.Health.AddRange((status.Stats?.Health ?? []).Select(WorkerMapping.ToProto));
        message.Rejections.AddRange(status.Rejections.Select(nack => $"{nack.Service}: {nack.Reason}"));
        if (status.Hello is { } hello)
        {
            message.Engine = hello.Engine;
            message.Mode = status.Stats?.Mode ?? hello.Mode;
            message.ModeReasons.AddRange(status.Stats?.ModeReasons ?? hello.ModeReasons);
            message.Version = hello.WorkerVersion;
            message.Boot = hello.Boot;
        }
    }

    private static IEnumerable<IpPrefix> Prefixes(RepeatedField<string> texts) => texts.Select((text, index) =>
        IpPrefix.TryParse(text, null, out IpPrefix prefix)
            ? prefix
            : throw new FieldException(
                $"pod_cidrs[{index}]", $"Invalid value: \"{text}\": must be a canonical CIDR, (e.g. 10.9.8.0/24 or 2001:db8::/64)"));
}
