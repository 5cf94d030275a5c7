namespace Orleans.Cn2.Forwarding;

/// <summary>Whether a side's last packet was an RST, or of SCTP an ABORT or SHUTDOWN COMPLETE (docs/datapath.md, section 3).</summary>
public enum SeenReset
{
    /// <summary>It was another packet.</summary>
    None,

    /// <summary>Anybody may have sent it.</summary>
    Unproven,

    /// <summary>Its sender knows the connection: of TCP the sequence number is what the other side acknowledged last, of SCTP the verification tag is right.</summary>
    Proven,
}
