using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Orleans.Cn2.Api.Security.Callers;

namespace Orleans.Cn2.Api.Security.Audit;

/// <summary>One change or attempt at one.</summary>
/// <param name="Identity">Who: <c>certificate:USER</c>, <c>token:USER</c>, <c>node:NAME</c>, <c>local</c>, <c>anonymous</c>; empty when nothing says.</param>
/// <param name="Peer">From where: an address, empty on a unix domain socket.</param>
/// <param name="Method">The method called.</param>
/// <param name="Object">The object's namespace and name; empty when the request was not read.</param>
/// <param name="Outcome">The gRPC status of the answer.</param>
/// <param name="ResourceVersion">The object's version after the change; empty where it has none.</param>
internal sealed record AuditEntry(string Identity, string Peer, string Method, string Object, StatusCode Outcome, string ResourceVersion)
{
    /// <summary>A call that was refused before its request was read.</summary>
    public static AuditEntry OfRefusal(HttpContext context, string method, StatusCode outcome) => Of(context, method, "", outcome, "");

    public static AuditEntry Of(HttpContext context, string method, string name, StatusCode outcome, string version) => new(
        Caller.Of(context.User)?.Name ?? "", context.Connection.RemoteIpAddress?.ToString() ?? "", method, name, outcome, version);
}
