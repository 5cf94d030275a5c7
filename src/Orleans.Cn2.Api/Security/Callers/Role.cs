namespace Orleans.Cn2.Api.Security.Callers;

/// <summary>What a caller may do in a namespace; each role includes those before it.</summary>
internal enum Role
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Get, list, watch, await.</summary>
    Read,

    /// <summary>Create, change and delete Services and VMIs.</summary>
    Write,

    /// <summary>In all namespaces: subnets and nodes too.</summary>
    Admin,
}
