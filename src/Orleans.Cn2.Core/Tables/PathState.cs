namespace Orleans.Cn2.Core.Tables;

/// <summary>State of an ECMP path. A path that is gone is simply not in the table.</summary>
public enum PathState : byte
{
    /// <summary>Selectable for new flows.</summary>
    Active = 1,

    /// <summary>Terminating and serving: no new flows; TCP and UDP flows stay.</summary>
    DrainingServing = 2,

    /// <summary>Not ready, not serving or no longer selected: no new flows; TCP flows stay, UDP flows move at once.</summary>
    Draining = 3,
}
