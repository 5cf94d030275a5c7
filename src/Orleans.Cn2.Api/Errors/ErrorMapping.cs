using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Api.Errors;

/// <summary>The one place where a refusal becomes a gRPC status with google.rpc details.</summary>
internal static class ErrorMapping
{
    private const string Domain = "cn2";

    /// <summary>The status that a client sees for a failure of a call.</summary>
    public static RpcException ToRpc(Exception failure) => failure switch
    {
        RpcException already => already,
        InvalidObjectException invalid => Status(Code.InvalidArgument, "INVALID", invalid, Violations(invalid.Violations)),
        // What a grain's storage throws arrives wrapped.
        OrleansException { InnerException: ControlPlaneException refused } => ToRpc(refused),
        ControlPlaneException refused => Status(CodeOf(refused), ReasonOf(refused), refused),
        FieldException field => Status(Code.InvalidArgument, "INVALID", field.Message, Violation(field.Field, field.Description)),
        FormatException malformed => Status(Code.InvalidArgument, "INVALID", malformed.Message),
        OperationCanceledException => Status(Code.Cancelled, "CANCELLED", "the call was cancelled"),
        TimeoutException timeout => Status(Code.Unavailable, "TIMEOUT", $"the outcome is unknown, repeat the request: {timeout.Message}"),
        _ => Status(Code.Unavailable, "UNAVAILABLE", $"the outcome is unknown, repeat the request: {failure.Message}"),
    };

    private static Code CodeOf(ControlPlaneException refused) => refused switch
    {
        ObjectNotFoundException => Code.NotFound,
        ObjectExistsException => Code.AlreadyExists,
        ConflictException => Code.Aborted,
        FailedPreconditionException => Code.FailedPrecondition,
        PoolExhaustedException or StoreFullException => Code.ResourceExhausted,
        _ => Code.Unavailable,
    };

    private static string ReasonOf(ControlPlaneException refused) => refused switch
    {
        ObjectNotFoundException => "NOT_FOUND",
        ObjectExistsException => "ALREADY_EXISTS",
        ConflictException => "CONFLICT",
        FailedPreconditionException => "FAILED_PRECONDITION",
        PoolExhaustedException => "EXHAUSTED",
        StoreFullException => "STORE_FULL",
        _ => "UNAVAILABLE",
    };

    private static BadRequest Violations(IEnumerable<FieldViolation> violations) => new()
    {
        FieldViolations =
        {
            violations.Select(violation => new BadRequest.Types.FieldViolation { Field = violation.Field, Description = violation.Message }),
        },
    };

    private static BadRequest Violation(string field, string description) =>
        new() { FieldViolations = { new BadRequest.Types.FieldViolation { Field = field, Description = description } } };

    private static RpcException Status(Code code, string reason, ControlPlaneException refused, params IMessage[] details) => Status(
        code, reason, refused.Message, [new ResourceInfo { ResourceType = refused.Kind, ResourceName = refused.Name }, .. details]);

    private static RpcException Status(Code code, string reason, string message, params IMessage[] details)
    {
        Google.Rpc.Status status = new() { Code = (int)code, Message = message };
        status.Details.Add(Any.Pack(new ErrorInfo { Domain = Domain, Reason = reason }));
        status.Details.AddRange(details.Select(Any.Pack));
        return status.ToRpcException();
    }
}
