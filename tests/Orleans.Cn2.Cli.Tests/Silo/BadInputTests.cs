using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Cli.Tests.Silo;

/// <summary>What is wrong is told with document, field, value and rule, the gRPC status and an exit code; nothing of it stays.</summary>
[Collection(SiloCollection.Name)]
public sealed class BadInputTests(SiloFixture silo)
{
    [Fact]
    public void Apply_MalformedYaml_NamesFileAndLine()
    {
        (int code, _, string error) = silo.Apply("torn.yaml", "kind: Service\nmetadata: {name: [\n");

        Assert.Equal(ExitCodes.Usage, code);
        Assert.Matches(@"^error: \S+/torn\.yaml: line \d+: is no YAML: ", error);
    }

    [Fact]
    public void Apply_WrongTypes_NamesAllOfThem()
    {
        (int code, _, string error) = silo.Apply("types.yaml", Manifest("types", "type: 5\nports: [{port: web}]\nselectors: {app: web}"));

        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("types.yaml: document 1, line 5: spec.type: Invalid value: \"5\": must be a string", error, StringComparison.Ordinal);
        Assert.Contains("types.yaml: document 1, line 6: spec.ports[0].port: Invalid value: \"web\": must be an integer", error, StringComparison.Ordinal);
        Assert.Contains("types.yaml: document 1, line 7: spec.selectors: unknown field", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ipFamilyPolicy: Both\nports: [{port: 80}]", "spec.ipFamilyPolicy: Unsupported value: \"Both\": supported values: \"PreferDualStack\", \"RequireDualStack\", \"SingleStack\"")]
    [InlineData("ports: [{port: 70000}]", "spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive")]
    [InlineData("ports: [{port: 80, protocol: SMTP}]", "spec.ports[0].protocol: Unsupported value: \"SMTP\"")]
    [InlineData("clusterIP: 1.2.3.4\nports: [{port: 80}]", "failed to allocate IP 1.2.3.4: the provided network does not match the current range")]
    [InlineData("clusterIP: 300.1.1.1\nports: [{port: 80}]", "spec.clusterIPs[0]: Invalid value: \"300.1.1.1\": must be a valid IP address")]
    public async Task Apply_RefusedValue_NamesItAndLeavesNothing(string spec, string rule)
    {
        (int code, string output, string error) = silo.Apply("refused.yaml", Manifest("refused", spec));

        Assert.Equal(ExitCodes.Refused, code);
        Assert.Empty(output);
        Assert.Contains("refused.yaml: document 1: Service default/refused: INVALID_ARGUMENT: ", error, StringComparison.Ordinal);
        Assert.Contains(rule, error, StringComparison.Ordinal);
        Assert.Empty(await silo.LeasesOfAsync("default/refused"));
        Assert.Equal(ExitCodes.Refused, silo.Run("describe", "service", "refused").ExitCode);
    }

    [Fact]
    public async Task Apply_TakenAddress_NamesItAndKeepsTheFirstFamilyFree()
    {
        Assert.Equal(ExitCodes.Ok, silo.Apply("owner.yaml", Manifest("owner", "clusterIP: fd00:96::77\nipFamilies: [IPv6]\nports: [{port: 80}]")).ExitCode);

        (int code, _, string error) = silo.Apply(
            "taken.yaml", Manifest("taken", "ipFamilyPolicy: RequireDualStack\nclusterIP: 10.96.0.77\nclusterIPs: [10.96.0.77, \"fd00:96::77\"]\nports: [{port: 80}]"));

        Assert.Equal(ExitCodes.Refused, code);
        Assert.Contains("taken.yaml: document 1: Service default/taken: INVALID_ARGUMENT: ", error, StringComparison.Ordinal);
        Assert.Contains("failed to allocate IP fd00:96::77: provided IP is already allocated", error, StringComparison.Ordinal);
        Assert.Equal(["fd00:96::77"], await silo.LeasesOfAsync("default/owner"));
        Assert.Empty(await silo.LeasesOfAsync("default/taken"));
    }

    [Fact]
    public async Task Apply_ExhaustedSubnet_IsToldAndLeavesNoLease()
    {
        using ScratchFolder scratch = new();
        await using SiloRun small = await SiloRun.StartHealthyAsync(scratch.Of("data"), flags: ["--service-cidrs", "10.97.0.0/29,fd00:97::/120"]);
        string all = string.Join("---\n", Enumerable.Range(0, 8).Select(number => Manifest($"s{number}", "ipFamilyPolicy: RequireDualStack\nports: [{port: 80}]")));
        await File.WriteAllTextAsync(scratch.Of("many.yaml"), all, TestContext.Current.CancellationToken);

        (int code, string output, string error) = Cn2.Run("apply", "-f", scratch.Of("many.yaml"), "--server", small.Grpc);

        Assert.Equal(ExitCodes.Refused, code);
        Assert.Equal(6, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("document 7: Service default/s6: RESOURCE_EXHAUSTED: ", error, StringComparison.Ordinal);
        Assert.Contains("document 8: Service default/s7: RESOURCE_EXHAUSTED: ", error, StringComparison.Ordinal);
        using Client.Cn2Client client = Client.Cn2Client.Connect(small.Grpc);
        ListLeasesResponse leases = await client.Subnets.ListLeasesAsync(new ListLeasesRequest { Name = "service" }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(12, leases.Leases.Count);
        Assert.All(leases.Leases, lease => Assert.Empty(lease.Quarantine));
    }

    [Fact]
    public void RegisterVmi_AddressOfAnother_IsRefused()
    {
        Assert.Equal(ExitCodes.Ok, Register("first", SiloFixture.Node).ExitCode);

        (int code, _, string error) = Register("second", SiloFixture.Node);

        Assert.Equal(ExitCodes.Refused, code);
        Assert.StartsWith("error: ALREADY_EXISTS: ", error, StringComparison.Ordinal);
        Assert.Contains("10.1.0.99", error, StringComparison.Ordinal);
        Assert.Contains("default/first", error, StringComparison.Ordinal);
    }

    [Fact]
    public void RegisterVmi_UnknownNode_IsRefused()
    {
        (int code, _, string error) = Register("stray", "nowhere");

        Assert.Equal(ExitCodes.Refused, code);
        Assert.StartsWith("error: NOT_FOUND: ", error, StringComparison.Ordinal);
        Assert.Contains("nowhere", error, StringComparison.Ordinal);
    }

    private (int ExitCode, string Output, string Error) Register(string name, string node) => silo.Run(
        "call", "cn2.v1.Vmis/Register", "-d", $$$"""{"vmi": {"metadata": {"name": "{{{name}}}"}, "node": "{{{node}}}", "addresses": ["10.1.0.99"]}}""");

    private static string Manifest(string name, string spec) =>
        $"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec:\n{string.Join('\n', spec.Split('\n').Select(line => "  " + line))}\n";
}
