namespace Orleans.Cn2.Core.Addressing;

/// <summary>An IP family, named as in the Kubernetes field <c>spec.ipFamilies</c>.</summary>
public enum IpFamily : byte
{
    /// <summary>IP version 4, RFC 791.</summary>
    IPv4 = 4,

    /// <summary>IP version 6, RFC 8200.</summary>
    IPv6 = 6,
}
