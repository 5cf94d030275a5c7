namespace Orleans.Cn2.Core.Addressing;

/// <summary>A transport protocol by its IANA number, as in the Kubernetes field <c>spec.ports[].protocol</c>.</summary>
public enum TransportProtocol : byte
{
    Tcp = 6,
    Udp = 17,
    Sctp = 132,
}
