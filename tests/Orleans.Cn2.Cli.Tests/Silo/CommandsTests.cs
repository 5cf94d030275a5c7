using System.Text.Json;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Testing.Processes;
using YamlDotNet.RepresentationModel;

namespace Orleans.Cn2.Cli.Tests.Silo;

/// <summary>The commands against a silo and a worker.</summary>
[Collection(SiloCollection.Name)]
public sealed class CommandsTests
{
    private const string Manifest = """
        apiVersion: v1
        kind: Service
        metadata: {name: web, namespace: shop, labels: {tier: front}}
        spec: {clusterIP: 10.96.0.44, clusterIPs: [10.96.0.44, "fd00:96::44"], ipFamilyPolicy: PreferDualStack, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
        """;

    private readonly SiloFixture _silo;

    public CommandsTests(SiloFixture silo)
    {
        _silo = silo;
        string vmi = """{"vmi": {"metadata": {"namespace": "shop", "name": "web-1", "labels": {"app": "web"}}, "node": "rack", "addresses": ["10.1.0.5", "fd00:1::5"]}}""";
        Succeed("call", "cn2.v1.Vmis/Register", "-d", vmi);
        (int code, _, string error) = silo.Apply("web.yaml", Manifest, "--wait", "--timeout", "60");
        Assert.True(code == ExitCodes.Ok, error);
    }

    public static TheoryData<string, string> Listed => new(
        from kind in new[] { "services", "fips", "subnets", "vmis", "nodes", "vrouters" }
        from format in new[] { "table", "wide", "json", "yaml" }
        select (kind, format));

    [Theory]
    [MemberData(nameof(Listed))]
    public void Get_EveryKindInEveryFormat_ShowsIt(string kind, string format)
    {
        string output = Succeed("get", kind, "-n", "shop", "-o", format);

        string expected = kind switch { "services" or "vmis" => "web", "fips" => "10.96.0.44", "subnets" => "10.96.0.0/16", _ => SiloFixture.Node };
        Assert.Contains(expected, output, StringComparison.Ordinal);
        switch (format)
        {
            case "json":
                Assert.Equal(JsonValueKind.Array, JsonDocument.Parse(output).RootElement.ValueKind);
                break;
            case "yaml":
                new YamlStream().Load(new StringReader(output));
                break;
            default:
                Assert.All(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[0].Split(' ', StringSplitOptions.RemoveEmptyEntries), title => Assert.Equal(title.ToUpperInvariant(), title));
                break;
        }
    }

    [Fact]
    public void Get_Fips_HasTheColumnsOfTheCustomResource()
    {
        string[] lines = Succeed("get", "fips", "-n", "shop").Split('\n');

        Assert.Equal(["NAME", "IPADDRESS", "INTERFACES", "PORTMAPPING", "STATE", "AGE"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["shop-web-v4", "10.96.0.44", "shop/web-1", "TCP/80->8080", "Active"], lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[..5]);
    }

    [Fact]
    public void Get_NameThatIsMissing_IsRefused()
    {
        (int code, string output, string error) = _silo.Run("get", "services", "web", "nowhere", "-n", "shop");

        Assert.Equal(ExitCodes.Refused, code);
        Assert.Contains("web", output, StringComparison.Ordinal);
        Assert.Contains("nowhere", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Get_BadSelector_NamesIt()
    {
        (int code, _, string error) = _silo.Run("get", "services", "-l", "tier=((");

        Assert.Equal(ExitCodes.Refused, code);
        Assert.Contains("INVALID_ARGUMENT", error, StringComparison.Ordinal);
        Assert.Contains("tier=((", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("service", "web", "clusterIps:")]
    [InlineData("vmi", "web-1", "node: rack")]
    [InlineData("subnet", "service", "cidrs:")]
    [InlineData("node", "rack", "vrouter:")]
    public void Describe_EveryKind_ShowsItWhole(string kind, string name, string expected) =>
        Assert.Contains(expected, Succeed("describe", kind, name, "-n", "shop"), StringComparison.Ordinal);

    [Fact]
    public void Explain_PortOfAService_NamesTheVmiAndTheSteps()
    {
        string output = Succeed("explain", "rack", "10.1.0.9:40000", "10.96.0.44:80");

        Assert.StartsWith("1. ", output, StringComparison.Ordinal);
        Assert.Contains("to 10.1.0.5 port 8080", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_OtherPort_NamesTheReasonAsMetricsDo() =>
        Assert.Contains("(no_such_port)", Succeed("explain", "rack", "[fd00:1::9]:40000", "[fd00:96::44]:81"), StringComparison.Ordinal);

    [Theory]
    [InlineData("10.1.0.9", "shop/web:80", "to 10.1.0.5 port 8080")]
    [InlineData("fd00:1::9", "web:80", "to fd00:1::5 port 8080")]
    public void Explain_ServiceByName_IsItsFloatingIpOfTheFamilyOfTheSource(string source, string destination, string expected) =>
        Assert.Contains(expected, Succeed("explain", "rack", source, destination, "-n", "shop"), StringComparison.Ordinal);

    [Theory]
    [InlineData("10.1.0.x:1", "10.96.0.44:80", "source: '10.1.0.x:1' must be ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT", ExitCodes.Usage)]
    [InlineData("10.1.0.9", "10.96.0.44", "destination: '10.96.0.44' must be ADDRESS:PORT, [ADDRESS]:PORT or [NAMESPACE/]SERVICE:PORT", ExitCodes.Usage)]
    [InlineData("10.1.0.9", "nowhere:80", "NOT_FOUND: ", ExitCodes.Refused)]
    public void Explain_BadEnd_NamesIt(string source, string destination, string rule, int expected)
    {
        (int code, _, string error) = _silo.Run("explain", "rack", source, destination);

        Assert.Equal(expected, code);
        Assert.Contains(rule, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("table")]
    [InlineData("wide")]
    [InlineData("json")]
    [InlineData("yaml")]
    public void Diagnostics_EveryFormat_AreWritten(string format)
    {
        Succeed("flows", "rack", "-o", format);
        Succeed("drops", "-o", format);
        Succeed("explain", "rack", "10.1.0.9:40000", "10.96.0.44:80", "-o", format);
        Assert.Contains("64", Succeed("status", "-o", format), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("flows", "nowhere")]
    [InlineData("drops", "nowhere")]
    [InlineData("explain", "nowhere", "10.1.0.9:40000", "10.96.0.44:80")]
    public void Diagnostics_UnknownNode_IsRefused(params string[] command)
    {
        (int code, _, string error) = _silo.Run(command);

        Assert.Equal(ExitCodes.Refused, code);
        Assert.Contains("NOT_FOUND", error, StringComparison.Ordinal);
        Assert.Contains("nowhere", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Delete_Service_IsGone()
    {
        Assert.Equal(ExitCodes.Ok, _silo.Apply("brief.yaml", Manifest.Replace("web", "brief", StringComparison.Ordinal).Replace("44", "45", StringComparison.Ordinal)).ExitCode);

        Assert.Equal("service/brief deleted\n", Succeed("delete", "services", "brief", "-n", "shop", "--wait"));

        (int code, _, string error) = _silo.Run("delete", "service", "brief", "-n", "shop");
        Assert.Equal(ExitCodes.Refused, code);
        Assert.Contains("NOT_FOUND", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_UntilCtrlC_TellsChangesAndEndsWith130()
    {
        await using ProgramRun watch = Shell.Start("cn2 watch services -n shop", ("CN2_SERVER", _silo.Server));
        await Seen("ADDED shop/web 10.96.0.44,fd00:96::44 ready 1/1");
        await Seen("BOOKMARK");
        Assert.Equal(ExitCodes.Ok, _silo.Apply("label.yaml", Manifest.Replace("tier: front", "tier: back", StringComparison.Ordinal)).ExitCode);
        await Seen("MODIFIED shop/web");

        await watch.SignalAsync("INT");
        Assert.Equal(ExitCodes.Interrupted, await watch.ExitAsync(TimeSpan.FromSeconds(20)));

        Task Seen(string text) => Until.TrueAsync(
            text, TimeSpan.FromSeconds(30), () => Task.FromResult(watch.Output.Contains(text, StringComparison.Ordinal)), () => watch.Output);
    }

    [Fact]
    public void Call_UnknownMethodFieldOrValue_IsAUsageError()
    {
        (int code, _, string error) = _silo.Run("call", "cn2.v1.Services/Destroy");
        Assert.Equal((ExitCodes.Usage, "error: method: 'cn2.v1.Services/Destroy' is not one of this server; cn2 call lists them\n"), (code, error));

        (code, _, error) = _silo.Run("call", "cn2.v1.Services/Get", "-d", """{"title": "web"}""");
        Assert.Equal((ExitCodes.Usage, "error: title: unknown field; cn2.v1.GetServiceRequest has namespace, name\n"), (code, error));

        (code, _, error) = _silo.Run("call", "cn2.v1.Services/Apply", "-d", """{"service": {"spec": {"ports": [{"port": "x"}]}}}""");
        Assert.Equal((ExitCodes.Usage, "error: service.spec.ports[0].port: Invalid value: \"x\": must be a whole number of type int32\n"), (code, error));
    }

    private string Succeed(params string[] args)
    {
        (int code, string output, string error) = _silo.Run(args);
        Assert.True(code == ExitCodes.Ok && error.Length == 0, $"cn2 {string.Join(' ', args)}: exit {code}: {error}");
        return output;
    }
}
