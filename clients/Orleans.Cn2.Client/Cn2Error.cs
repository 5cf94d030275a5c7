using System.Collections.Immutable;
using Google.Rpc;
using Grpc.Core;

namespace Orleans.Cn2.Client;

/// <summary>One rule that a request broke.</summary>
/// <param name="Field">The field, as in the manifest: <c>spec.ipFamilies[0]</c>.</param>
/// <param name="Description">Value and rule, in Kubernetes' wording.</param>
public sealed record Violation(string Field, string Description);

/// <summary>What a failed call says: status, message and the google.rpc details that it carried.</summary>
/// <param name="Status">The gRPC status code.</param>
/// <param name="Message">The message.</param>
/// <param name="Violations">Rules broken, of google.rpc.BadRequest.</param>
/// <param name="Resource">Type and name of the object, of google.rpc.ResourceInfo, or empty.</param>
public sealed record Cn2Error(StatusCode Status, string Message, ImmutableArray<Violation> Violations, string Resource)
{
    /// <summary>Reads the details of a failed call.</summary>
    public static Cn2Error Of(RpcException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        Google.Rpc.Status? status = exception.GetRpcStatus();
        ResourceInfo? resource = status?.GetDetail<ResourceInfo>();
        return new Cn2Error(
            exception.StatusCode,
            exception.Status.Detail,
            status?.GetDetail<BadRequest>() is { } request
                ? [.. request.FieldViolations.Select(violation => new Violation(violation.Field, violation.Description))]
                : [],
            resource is null ? "" : $"{resource.ResourceType} {resource.ResourceName}");
    }
}
