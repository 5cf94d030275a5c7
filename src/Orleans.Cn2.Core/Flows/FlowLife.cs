using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Core.Flows;

/// <summary>When a flow that is in the table still counts as one, for whoever waits until a back end has none.</summary>
public static class FlowLife
{
    /// <summary>How long one that may be over must be silent unless something else is asked for.</summary>
    public static readonly TimeSpan DefaultSilence = TimeSpan.FromSeconds(2);

    /// <summary>
    /// False when it ended. An RST ends it. After a FIN (of either side: the other may still send), and without any farewell as UDP has none, it has ended once
    /// it was silent for a while. A connection that nobody closed is open however long it is silent.
    /// </summary>
    /// <param name="protocol">Its protocol.</param>
    /// <param name="fin">A side closed it (TCP FIN, SCTP SHUTDOWN), or sent an RST that may be another's.</param>
    /// <param name="rst">A side reset it (TCP RST, SCTP ABORT), and it was surely that side.</param>
    /// <param name="idle">Time since its last packet.</param>
    /// <param name="silence">How long one that may be over must be silent.</param>
    public static bool IsOpen(TransportProtocol protocol, bool fin, bool rst, TimeSpan idle, TimeSpan silence) =>
        !rst && (idle < silence || (!fin && protocol != TransportProtocol.Udp));
}
