namespace Orleans.Cn2.Api.Security.Access;

/// <summary>Where a caller must have the role that a method asks for.</summary>
internal enum Scope
{
    /// <summary>Nowhere: everybody may call it.</summary>
    Public,

    /// <summary>In some namespace.</summary>
    Anywhere,

    /// <summary>In the request's namespace; in all of them when it names none.</summary>
    Namespace,

    /// <summary>In all namespaces.</summary>
    Cluster,

    /// <summary>It must be the worker of the node that it speaks for.</summary>
    Node,
}
