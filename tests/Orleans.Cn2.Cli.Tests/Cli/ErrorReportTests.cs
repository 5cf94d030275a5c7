using Grpc.Core;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Lab;
using Orleans.Cn2.Lab.Manifests;

namespace Orleans.Cn2.Cli.Tests.Cli;

public sealed class ErrorReportTests
{
    public static TheoryData<StatusCode, int, string> Statuses { get; } = new()
    {
        { StatusCode.InvalidArgument, 1, "INVALID_ARGUMENT: why" },
        { StatusCode.AlreadyExists, 1, "ALREADY_EXISTS: why" },
        { StatusCode.FailedPrecondition, 1, "FAILED_PRECONDITION: why" },
        { StatusCode.ResourceExhausted, 1, "RESOURCE_EXHAUSTED: why" },
        { StatusCode.NotFound, 1, "NOT_FOUND: why" },
        { StatusCode.Aborted, 1, "ABORTED: why" },
        { StatusCode.Unavailable, 3, "UNAVAILABLE: why" },
        { StatusCode.DeadlineExceeded, 3, "DEADLINE_EXCEEDED: why" },
    };

    [Theory]
    [MemberData(nameof(Statuses))]
    public void Status_OfACall_HasItsNameAndExitCode(StatusCode status, int code, string line)
    {
        RpcException failure = new(new Status(status, "why"));

        Assert.Equal((code, line), (ErrorReport.CodeOf(failure), Assert.Single(ErrorReport.Lines(failure))));
    }

    [Fact]
    public void Manifest_WithTwoErrors_IsUsageAndTwoLines()
    {
        ManifestException failure = new([new("a.yaml", 1, 2, "spec.x", "1", "rule one"), new("a.yaml", 2, 0, "", null, "rule two")]);

        Assert.Equal(ExitCodes.Usage, ErrorReport.CodeOf(failure));
        Assert.Equal(
            ["a.yaml: document 1, line 2: spec.x: Invalid value: \"1\": rule one", "a.yaml: document 2: rule two"], ErrorReport.Lines(failure));
    }

    [Fact]
    public void Machine_LackingSomething_CannotRun() => Assert.Equal(ExitCodes.CannotRun, ErrorReport.CodeOf(new LabException("no ip")));

    [Fact]
    public void Defect_OfThisProgram_IsNotHidden() => Assert.False(ErrorReport.Knows(new InvalidOperationException("defect")));
}
