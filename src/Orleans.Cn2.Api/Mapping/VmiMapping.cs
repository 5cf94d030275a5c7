using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Vmis;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Mapping;

/// <summary>VMIs as asked and as clients see them.</summary>
internal static class VmiMapping
{
    public static VmiSpec ToSpec(Proto.Vmi vmi)
    {
        Proto.ObjectMeta metadata = vmi.Metadata ?? new Proto.ObjectMeta();
        return new VmiSpec
        {
            Namespace = ManifestMapping.Namespace(metadata.Namespace),
            Name = metadata.Name,
            Uid = metadata.Uid,
            Labels = ManifestMapping.Labels(metadata.Labels),
            Node = vmi.Node,
            Addresses = vmi.Addresses.ToValueList(),
            Ports = vmi.Ports.Select(port => new NamedPortSpec(port.Name, port.Protocol, port.Port)).ToValueList(),
            Conditions = new VmiConditions(
                vmi.HasReady ? vmi.Ready : null, vmi.HasServing ? vmi.Serving : null, vmi.HasTerminating ? vmi.Terminating : null),
            Weight = vmi.HasWeight ? vmi.Weight : null,
        };
    }

    public static Proto.Vmi ToProto(Vmi vmi)
    {
        Proto.Vmi message = new()
        {
            Metadata = new Proto.ObjectMeta { Namespace = vmi.Name.Namespace, Name = vmi.Name.Name, Uid = vmi.Uid.ToString() },
            Node = vmi.Node,
            Ready = vmi.Conditions.IsReady,
            Serving = vmi.Conditions.IsServing,
            Terminating = vmi.Conditions.IsTerminating,
            Weight = vmi.Weight,
            Draining = vmi.Drains == DrainCause.None ? "" : vmi.Drains.ToString(),
        };
        message.Metadata.Labels.Add(vmi.Labels.ToDictionary());
        message.Addresses.AddRange(vmi.Addresses.Select(address => address.ToString()));
        message.Ports.AddRange(vmi.Ports.Select(port =>
            new Proto.NamedPort { Name = port.Name, Protocol = ServiceMapping.Name(port.Protocol), Port = port.Number }));
        return message;
    }
}
