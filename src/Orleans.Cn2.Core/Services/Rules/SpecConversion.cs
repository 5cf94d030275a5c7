using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;

namespace Orleans.Cn2.Core.Services.Rules;

/// <summary>Between the asked and the admitted form of a spec. Rules compare asked forms, grains hold admitted ones.</summary>
internal static class SpecConversion
{
    /// <summary>The admitted form of a spec that passed <see cref="FinalValidation"/>.</summary>
    public static AdmittedSpec ToAdmitted(ServiceSpec spec)
    {
        bool headless = spec.IsHeadless();
        return new AdmittedSpec
        {
            Type = Enum.Parse<ServiceType>(spec.Type!),
            Headless = headless,
            ClusterIPs = headless ? [] : Addresses(spec.ClusterIPs),
            IpFamilies = spec.IpFamilies.OrEmpty().Select(family => Enum.Parse<IpFamily>(family)).ToValueList(),
            IpFamilyPolicy = ParseOrNull<IpFamilyPolicy>(spec.IpFamilyPolicy),
            Selector = spec.HasNoSelector() ? null : spec.Selector,
            Ports = spec.Ports.OrEmpty().Select(ToAdmitted).ToValueList(),
            SessionAffinity = Enum.Parse<SessionAffinity>(spec.SessionAffinity!),
            AffinityTimeoutSeconds = spec.SessionAffinityConfig?.ClientIP?.TimeoutSeconds,
            InternalTrafficPolicy =
                spec.Type == SpecValues.ExternalName ? null : ParseOrNull<TrafficPolicy>(spec.InternalTrafficPolicy),
            ExternalTrafficPolicy = ParseOrNull<TrafficPolicy>(spec.ExternalTrafficPolicy),
            PublishNotReadyAddresses = spec.PublishNotReadyAddresses,
            TrafficDistribution = ParseOrNull<TrafficDistribution>(spec.TrafficDistribution),
            ExternalName = spec.ExternalName,
            ExternalIPs = Addresses(spec.ExternalIPs),
            LoadBalancerIP = spec.LoadBalancerIP,
        };
    }

    /// <summary>The asked form that would be admitted as <paramref name="spec"/> without any change.</summary>
    public static ServiceSpec ToAsked(AdmittedSpec spec)
    {
        ValueList<string>? ips = spec.Headless ? [SpecValues.None] : Texts(spec.ClusterIPs);
        return new ServiceSpec
        {
            Type = spec.Type.ToString(),
            ClusterIP = ips?[0],
            ClusterIPs = ips,
            IpFamilyPolicy = spec.IpFamilyPolicy?.ToString(),
            IpFamilies = Texts(spec.IpFamilies),
            Selector = spec.Selector,
            Ports = spec.Ports.Select(ToAsked).ToValueList(),
            SessionAffinity = spec.SessionAffinity.ToString(),
            SessionAffinityConfig = spec.AffinityTimeoutSeconds is { } seconds ? new(new(seconds)) : null,
            InternalTrafficPolicy = spec.InternalTrafficPolicy?.ToString(),
            ExternalTrafficPolicy = spec.ExternalTrafficPolicy?.ToString(),
            PublishNotReadyAddresses = spec.PublishNotReadyAddresses,
            TrafficDistribution = spec.TrafficDistribution?.ToString(),
            ExternalName = spec.ExternalName,
            ExternalIPs = Texts(spec.ExternalIPs),
            LoadBalancerIP = spec.LoadBalancerIP,
        };
    }

    private static ServicePort ToAdmitted(ServicePortSpec port) => new(
        port.Name ?? "",
        Enum.Parse<TransportProtocol>(port.Protocol!, ignoreCase: true),
        (ushort)port.Port,
        port.TargetPort!.Value,
        (ushort)(port.NodePort ?? 0),
        port.AppProtocol);

    private static ServicePortSpec ToAsked(ServicePort port) => new()
    {
        Name = port.Name.Length == 0 ? null : port.Name,
        Protocol = port.Protocol.ToString().ToUpperInvariant(),
        Port = port.Port,
        TargetPort = port.TargetPort,
        NodePort = port.NodePort == 0 ? null : port.NodePort,
        AppProtocol = port.AppProtocol,
    };

    private static ValueList<IpAddress> Addresses(ValueList<string>? texts) =>
        texts.OrEmpty().Select(text => IpAddress.Parse(text)).ToValueList();

    private static ValueList<string>? Texts<T>(ValueList<T> values)
        where T : struct =>
        values.Count == 0 ? null : values.Select(value => value.ToString()!).ToValueList();

    private static TEnum? ParseOrNull<TEnum>(string? text)
        where TEnum : struct, Enum =>
        text is null ? null : Enum.Parse<TEnum>(text);
}
