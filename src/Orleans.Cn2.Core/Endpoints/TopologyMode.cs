namespace Orleans.Cn2.Core.Endpoints;

/// <summary>How hints restrict the endpoints that a node uses.</summary>
public enum TopologyMode
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>To those hinted for the node's zone.</summary>
    SameZone,

    /// <summary>To those hinted for the node.</summary>
    SameNode,
}
