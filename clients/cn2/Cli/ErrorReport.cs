using Grpc.Core;
using Orleans.Cn2.Client;
using Orleans.Cn2.Lab;
using Orleans.Cn2.Lab.Manifests;

namespace Orleans.Cn2.Cli.Cli;

/// <summary>Failures in words on standard error, and the exit code they stand for.</summary>
internal static class ErrorReport
{
    /// <summary>True for failures that are the user's or the world's, not a defect of this program.</summary>
    public static bool Knows(Exception failure) =>
        failure is RpcException or ManifestException or LabException or FormatException or OperationCanceledException or IOException
            or UnauthorizedAccessException or CommandException;

    /// <summary>Writes the failure and returns its exit code.</summary>
    public static int Write(Exception failure, CancellationToken cancellation)
    {
        if (failure is OperationCanceledException || cancellation.IsCancellationRequested)
        {
            Console.Error.WriteLine("interrupted");
            return ExitCodes.Interrupted;
        }

        foreach (string line in Lines(failure))
        {
            Console.Error.WriteLine($"error: {line}");
        }

        return CodeOf(failure);
    }

    /// <summary>The failure in lines that name object, field, value and rule.</summary>
    public static IEnumerable<string> Lines(Exception failure)
    {
        switch (failure)
        {
            case ManifestException manifest:
                return manifest.Errors.Select(error => error.ToString());
            case RpcException { StatusCode: StatusCode.Unavailable } unavailable:
                return [$"UNAVAILABLE: {unavailable.Status.Detail}"];
            case RpcException rpc:
                return [$"{StatusName(rpc.StatusCode)}: {Cn2Error.Of(rpc).Message}"];
            default:
                return [failure.Message];
        }
    }

    /// <summary>The exit code of a failure.</summary>
    public static int CodeOf(Exception failure) => failure switch
    {
        ManifestException or FormatException => ExitCodes.Usage,
        RpcException { StatusCode: StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Internal } => ExitCodes.Unavailable,
        LabException => ExitCodes.CannotRun,
        CommandException command => command.ExitCode,
        _ => ExitCodes.Refused,
    };

    // As gRPC writes its codes: INVALID_ARGUMENT.
    private static string StatusName(StatusCode code) =>
        string.Concat(code.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : char.ToUpperInvariant(c).ToString()));
}

/// <summary>A command can't go on; the message is for the user.</summary>
internal sealed class CommandException(int exitCode, string message) : Exception(message)
{
    /// <summary>One of <see cref="ExitCodes"/>.</summary>
    public int ExitCode { get; } = exitCode;
}
