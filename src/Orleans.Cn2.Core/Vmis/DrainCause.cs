namespace Orleans.Cn2.Core.Vmis;

/// <summary>Why a VMI takes no new flows while another back end does, whatever its own conditions say.</summary>
public enum DrainCause : byte
{
    /// <summary>It does.</summary>
    None,

    /// <summary>Its node drains, because somebody asked for that.</summary>
    NodeDraining,

    /// <summary>Its node came back after repeated losses and did not stand long enough yet.</summary>
    NodeHeldBack,

    /// <summary>Its lease ran out repeatedly and was not kept long enough since.</summary>
    LeaseLapses,
}
