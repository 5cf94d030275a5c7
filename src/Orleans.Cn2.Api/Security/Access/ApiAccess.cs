using System.Collections.Frozen;
using Google.Protobuf;
using Orleans.Cn2.Api.Mapping;
using Orleans.Cn2.Api.Security.Callers;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Security.Access;

/// <summary>Who may call what: every method that is served has one row. A method without a row can't be mapped, so the silo does not start.</summary>
internal static class ApiAccess
{
    private static readonly FrozenDictionary<string, MethodAccess> Rows = new[]
    {
        Object<ApplyServiceRequest>("/cn2.v1.Services/Apply", Role.Write, request => request.Service?.Metadata?.Namespace),
        Object<GetServiceRequest>("/cn2.v1.Services/Get", Role.Read, request => request.Namespace),
        List<ListServicesRequest>("/cn2.v1.Services/List", request => request.Options?.Namespace),
        List<WatchServicesRequest>("/cn2.v1.Services/Watch", request => request.Options?.Namespace),
        Object<DeleteServiceRequest>("/cn2.v1.Services/Delete", Role.Write, request => request.Namespace),

        Object<RegisterVmiRequest>("/cn2.v1.Vmis/Register", Role.Write, request => request.Vmi?.Metadata?.Namespace),
        Object<UpdateVmiRequest>("/cn2.v1.Vmis/Update", Role.Write, request => request.Namespace),
        Object<DeregisterVmiRequest>("/cn2.v1.Vmis/Deregister", Role.Write, request => request.Namespace),
        Object<WaitVmiRequest>("/cn2.v1.Vmis/Wait", Role.Read, request => request.Namespace),
        Object<GetVmiRequest>("/cn2.v1.Vmis/Get", Role.Read, request => request.Namespace),
        List<ListVmisRequest>("/cn2.v1.Vmis/List", request => request.Options?.Namespace),
        List<WatchVmisRequest>("/cn2.v1.Vmis/Watch", request => request.Options?.Namespace),

        Cluster("/cn2.v1.Subnets/Apply", Role.Admin),
        Cluster("/cn2.v1.Subnets/Get", Role.Read),
        Cluster("/cn2.v1.Subnets/List", Role.Read),
        Cluster("/cn2.v1.Subnets/ListLeases", Role.Read),
        Cluster("/cn2.v1.Subnets/Watch", Role.Read),
        Cluster("/cn2.v1.Subnets/Delete", Role.Admin),

        Cluster("/cn2.v1.Nodes/Register", Role.Admin),
        Cluster("/cn2.v1.Nodes/Get", Role.Read),
        Cluster("/cn2.v1.Nodes/List", Role.Read),
        Cluster("/cn2.v1.Nodes/Watch", Role.Read),
        Cluster("/cn2.v1.Nodes/Drain", Role.Admin),
        Cluster("/cn2.v1.Nodes/Undrain", Role.Admin),
        Cluster("/cn2.v1.Nodes/Delete", Role.Admin),

        Cluster("/cn2.v1.Diagnostics/Explain", Role.Read),
        Cluster("/cn2.v1.Diagnostics/Flows", Role.Read),
        Cluster("/cn2.v1.Diagnostics/Drops", Role.Read),
        Cluster("/cn2.v1.Diagnostics/Tables", Role.Read),
        Anywhere("/cn2.v1.Diagnostics/Programmed"),
        Anywhere("/cn2.v1.Diagnostics/Status"),

        new("/cn2.v1.VRouter/Connect", Role.None, Scope.Node),

        Anywhere("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"),
        Anywhere("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"),
        new("/grpc.health.v1.Health/Check", Role.None, Scope.Public),
        new("/grpc.health.v1.Health/List", Role.None, Scope.Public),
        new("/grpc.health.v1.Health/Watch", Role.None, Scope.Public),
    }.ToFrozenDictionary(row => row.Method, StringComparer.Ordinal);

    /// <summary>Metrics tell of all namespaces.</summary>
    public static MethodAccess Metrics { get; } = Cluster("/metrics", Role.Read);

    /// <summary>Names of all methods that have a row.</summary>
    public static IEnumerable<string> Methods => Rows.Keys;

    /// <summary>What a method asks of its caller.</summary>
    /// <exception cref="InvalidOperationException">The method has no row.</exception>
    public static MethodAccess Of(string method) => Rows.TryGetValue(method, out MethodAccess? row)
        ? row
        : throw new InvalidOperationException($"{method} has no row in {nameof(ApiAccess)}: say who may call it");

    /// <summary>
    /// True when the caller may choose the uid of a new Service. Tables are kept by uid: one of another namespace's Service would take its traffic over, so
    /// it needs the role that a restored backup needs.
    /// </summary>
    public static bool MayAssignUids(Caller? caller) => caller?.HasEverywhere(Role.Admin) == true;

    private static MethodAccess Object<TRequest>(string method, Role role, Func<TRequest, string?> ns)
        where TRequest : IMessage =>
        new(method, role, Scope.Namespace, request => ManifestMapping.Namespace(ns((TRequest)request) ?? ""));

    private static MethodAccess List<TRequest>(string method, Func<TRequest, string?> ns)
        where TRequest : IMessage =>
        new(method, Role.Read, Scope.Namespace, request => ns((TRequest)request) ?? "");

    private static MethodAccess Cluster(string method, Role role) => new(method, role, Scope.Cluster);

    private static MethodAccess Anywhere(string method) => new(method, Role.Read, Scope.Anywhere);
}
