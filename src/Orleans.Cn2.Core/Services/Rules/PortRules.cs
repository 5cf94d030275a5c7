using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Core.Services.Rules;

/// <summary>Rules for <c>spec.ports</c>; node ports are in <see cref="NodePortRules"/>.</summary>
internal static class PortRules
{
    private const string Field = "spec.ports";

    /// <summary>A Service with an address needs a port.</summary>
    public static IEnumerable<FieldViolation> ValidatePresence(ServiceSpec spec)
    {
        if (spec.Ports.OrEmpty().Count == 0 && !spec.IsHeadless() && spec.Type != SpecValues.ExternalName)
        {
            yield return FieldViolation.Required(Field);
        }
    }

    /// <summary>Each port by itself, and its name among the others.</summary>
    public static IEnumerable<FieldViolation> ValidateEach(ServiceSpec spec)
    {
        ValueList<ServicePortSpec> ports = spec.Ports.OrEmpty();
        HashSet<string> names = [];
        for (int i = 0; i < ports.Count; i++)
        {
            string field = $"{Field}[{i}]";
            foreach (FieldViolation violation in Name(ports[i].Name, ports.Count > 1, names, $"{field}.name").Concat(One(ports[i], field)))
            {
                yield return violation;
            }
        }
    }

    /// <summary>Each (protocol, port) occurs once; TCP/80 beside UDP/80 is fine.</summary>
    public static IEnumerable<FieldViolation> ValidateUnique(ServiceSpec spec)
    {
        ValueList<ServicePortSpec> ports = spec.Ports.OrEmpty();
        HashSet<(string?, int)> seen = [];
        for (int i = 0; i < ports.Count; i++)
        {
            if (!seen.Add((ports[i].Protocol, ports[i].Port)))
            {
                yield return FieldViolation.Duplicate($"{Field}[{i}]", PortKey(ports[i]));
            }
        }
    }

    private static IEnumerable<FieldViolation> Name(string? name, bool required, HashSet<string> names, string field)
    {
        if (string.IsNullOrEmpty(name))
        {
            if (required)
            {
                yield return FieldViolation.Required(field);
            }

            yield break;
        }

        foreach (string fault in NameSyntax.DnsLabel(name))
        {
            yield return FieldViolation.Invalid(field, name, fault);
        }

        if (!names.Add(name))
        {
            yield return FieldViolation.Duplicate(field, name);
        }
    }

    private static IEnumerable<FieldViolation> One(ServicePortSpec port, string field)
    {
        if (!IsPortNumber(port.Port))
        {
            yield return FieldViolation.Invalid($"{field}.port", port.Port, NameSyntax.PortRange);
        }

        if (!SpecValues.Protocols.Contains(port.Protocol))
        {
            yield return FieldViolation.NotSupported($"{field}.protocol", port.Protocol, SpecValues.Protocols);
        }

        IntOrString target = port.TargetPort ?? IntOrString.Of(0);
        if (target.Text is { } name)
        {
            foreach (string fault in NameSyntax.PortName(name))
            {
                yield return FieldViolation.Invalid($"{field}.targetPort", name, fault);
            }
        }
        else if (!IsPortNumber(target.Number))
        {
            yield return FieldViolation.Invalid($"{field}.targetPort", target.Number, NameSyntax.PortRange);
        }

        foreach (string fault in port.AppProtocol is { } protocol ? NameSyntax.QualifiedName(protocol) : [])
        {
            yield return FieldViolation.Invalid($"{field}.appProtocol", port.AppProtocol, fault);
        }
    }

    private static bool IsPortNumber(int number) => number is >= 1 and <= 65535;

    /// <summary>What Kubernetes prints for a repeated port: an otherwise empty port object that holds the key.</summary>
    private static BadValue PortKey(ServicePortSpec port) => new(
        $"{{\"Name\":\"\",\"Protocol\":{BadValue.FromString(port.Protocol).Text},\"AppProtocol\":null,"
        + $"\"Port\":{port.Port},\"TargetPort\":0,\"NodePort\":0}}");
}
