using System.Text.Json;
using Orleans.Cn2.Cli.Output;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Tests.Output;

public sealed class PrinterTests
{
    private static readonly FloatingIp[] FloatingIps =
    [
        Fip("default-nginx-v4", "10.96.0.10", "default/nginx-1", "default/nginx-2"),
        Fip("default-nginx-v6", "fd00:96::10"),
    ];

    [Fact]
    public void Print_Table_HasKubectlsColumns()
    {
        string[] lines = Print(OutputFormat.Table).Split('\n');

        Assert.Equal("NAME              IPADDRESS    INTERFACES                       PORTMAPPING  STATE   AGE", lines[0]);
        Assert.Equal("default-nginx-v4  10.96.0.10   default/nginx-1,default/nginx-2  TCP/80->80   Active  5m", lines[1]);
        Assert.Equal("default-nginx-v6  fd00:96::10  <none>                           TCP/80->80   Active  5m", lines[2]);
    }

    [Fact]
    public void Print_Wide_AddsColumns() => Assert.EndsWith("AGE  SUBNET    SERVICE", Print(OutputFormat.Wide).Split('\n')[0], StringComparison.Ordinal);

    [Fact]
    public void Print_Json_IsAnArrayOfWholeObjects()
    {
        using JsonDocument document = JsonDocument.Parse(Print(OutputFormat.Json));

        Assert.Equal(["10.96.0.10", "fd00:96::10"], document.RootElement.EnumerateArray().Select(row => row.GetProperty("address").GetString()!));
    }

    [Fact]
    public void Print_Yaml_IsADocumentEach()
    {
        string[] documents = Print(OutputFormat.Yaml).Split("---\n");

        Assert.Equal(2, documents.Length);
        Assert.Contains("address: 10.96.0.10\n", documents[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"a\":\"true\"}", "a: \"true\"\n")]
    [InlineData("{\"a\":true}", "a: true\n")]
    [InlineData("{\"a\":\"80\"}", "a: \"80\"\n")]
    [InlineData("{\"a\":80}", "a: 80\n")]
    [InlineData("{\"a\":\"\"}", "a: \"\"\n")]
    [InlineData("{\"a\":[\"x\",\"y\"]}", "a:\n- x\n- y\n")]
    public void YamlText_Values_KeepTheirTypes(string json, string expected) => Assert.Equal(expected, YamlText.Of(json).Replace("\r\n", "\n", StringComparison.Ordinal));

    [Theory]
    [InlineData(-1, "0s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(7200, "2h")]
    [InlineData(172_800, "2d")]
    public void Age_Seconds_AreWrittenAsKubectlDoes(long seconds, string expected) => Assert.Equal(expected, Age.Of(seconds));

    private static string Print(OutputFormat format)
    {
        using StringWriter writer = new() { NewLine = "\n" };
        Printer.Print(FloatingIps, Tables.FloatingIps, format, writer);
        return writer.ToString();
    }

    private static FloatingIp Fip(string name, string address, params string[] interfaces)
    {
        FloatingIp fip = new() { Name = name, Address = address, State = "Active", AgeSeconds = 300, Subnet = "services", Service = "default/nginx" };
        fip.Interfaces.AddRange(interfaces);
        fip.PortMappings.Add("TCP/80->80");
        return fip;
    }
}
