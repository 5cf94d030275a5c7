using System.Globalization;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Core.Vmis;

/// <summary>Validation and defaulting of VMIs, in Kubernetes' words. Whether the node exists and the addresses are free is for their owners to say.</summary>
public static class VmiRules
{
    private static readonly string[] Protocols = ["SCTP", "TCP", "UDP"];

    /// <summary>Checks a registration and collects every violation.</summary>
    /// <param name="spec">The VMI as asked.</param>
    /// <param name="newUid">The uid of one that names none.</param>
    /// <param name="zone">The zone of its node, if that has one.</param>
    public static VmiOutcome Admit(VmiSpec spec, Guid newUid, string? zone)
    {
        ArgumentNullException.ThrowIfNull(spec);
        List<FieldViolation> faults = [];
        CheckName("metadata.name", spec.Name, NameSyntax.DnsSubdomain, faults);
        CheckName("metadata.namespace", spec.Namespace, NameSyntax.DnsLabel, faults);
        Guid uid = newUid;
        if (!string.IsNullOrEmpty(spec.Uid) && !Guid.TryParseExact(spec.Uid, "D", out uid))
        {
            faults.Add(FieldViolation.Invalid("metadata.uid", spec.Uid, "must be a UUID, (e.g. 6f1c5d0e-52b4-4c11-9a35-1f0d3f9b7a10)"));
        }

        faults.AddRange(LabelSyntax.Validate(spec.Labels, "metadata.labels"));
        CheckName("node", spec.Node, NameSyntax.DnsSubdomain, faults);
        ValueList<IpAddress> addresses = VmiAddressRules.Check(spec.Addresses, faults);
        ValueList<NamedPort> ports = spec.Ports.Select((port, index) => CheckPort(port, $"ports[{index}]", faults)).ToValueList();
        ushort weight = CheckWeight(spec.Weight, Vmi.DefaultWeight, faults);
        return faults.Count > 0 ? new(null, faults.ToValueList()) : new(
            new Vmi
            {
                Name = new(spec.Namespace!, spec.Name!),
                Uid = uid,
                Labels = spec.Labels,
                Node = spec.Node!,
                Addresses = addresses,
                Ports = ports,
                Conditions = spec.Conditions,
                Weight = weight,
                Zone = zone,
            },
            []);
    }

    /// <summary>Checks a partial change and makes it; what it leaves out stays.</summary>
    public static VmiOutcome Update(Vmi vmi, VmiUpdate update)
    {
        ArgumentNullException.ThrowIfNull(vmi);
        ArgumentNullException.ThrowIfNull(update);
        List<FieldViolation> faults = [.. LabelSyntax.Validate(update.Labels ?? LabelSet.Empty, "labels")];
        ushort weight = CheckWeight(update.Weight, vmi.Weight, faults);
        return faults.Count > 0 ? new(null, faults.ToValueList()) : new(
            vmi with
            {
                Labels = update.Labels ?? vmi.Labels,
                Weight = weight,
                Conditions = new(
                    update.Ready ?? vmi.Conditions.Ready,
                    update.Serving ?? vmi.Conditions.Serving,
                    update.Terminating ?? vmi.Conditions.Terminating),
            },
            []);
    }

    private static void CheckName(string field, string? value, Func<string, IEnumerable<string>> syntax, List<FieldViolation> faults)
    {
        if (string.IsNullOrEmpty(value))
        {
            faults.Add(FieldViolation.Required(field));
            return;
        }

        faults.AddRange(syntax(value).Select(fault => FieldViolation.Invalid(field, value, fault)));
    }

    private static NamedPort CheckPort(NamedPortSpec port, string field, List<FieldViolation> faults)
    {
        string name = port.Name ?? "";
        if (name.Length > 0)
        {
            faults.AddRange(NameSyntax.PortName(name).Select(fault => FieldViolation.Invalid($"{field}.name", name, fault)));
        }

        TransportProtocol protocol = port.Protocol switch
        {
            null or "" or "TCP" => TransportProtocol.Tcp,
            "UDP" => TransportProtocol.Udp,
            "SCTP" => TransportProtocol.Sctp,
            _ => 0,
        };
        if (protocol == 0)
        {
            faults.Add(FieldViolation.NotSupported($"{field}.protocol", port.Protocol, Protocols));
        }

        return new(name, protocol, CheckRange($"{field}.port", port.Port, faults));
    }

    private static ushort CheckWeight(long? weight, ushort otherwise, List<FieldViolation> faults) =>
        weight is long given ? CheckRange("weight", given, faults) : otherwise;

    private static ushort CheckRange(string field, long value, List<FieldViolation> faults)
    {
        if (value is >= 1 and <= ushort.MaxValue)
        {
            return (ushort)value;
        }

        // Ports and weights have the same range.
        faults.Add(FieldViolation.Invalid(field, new BadValue(value.ToString(CultureInfo.InvariantCulture)), NameSyntax.PortRange));
        return 0;
    }
}
