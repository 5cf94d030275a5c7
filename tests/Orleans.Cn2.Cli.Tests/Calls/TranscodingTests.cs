using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Orleans.Cn2.Cli.Calls;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Tests.Calls;

/// <summary>JSON and wire by descriptors agree with the code that is generated from the same definitions.</summary>
public sealed class TranscodingTests
{
    private static readonly IMessage[] Messages =
    [
        new Service(),
        new Service
        {
            Metadata = new ObjectMeta
            {
                Name = "web", Namespace = "shop", Labels = { ["app"] = "web", ["empty"] = "" },
                CreationTimestamp = Timestamp.FromDateTimeOffset(new DateTimeOffset(2031, 2, 3, 4, 5, 6, 789, TimeSpan.Zero)),
            },
            Spec = new ServiceSpec
            {
                ClusterIps = { "10.96.0.7", "fd00:96::7" }, Selector = { ["app"] = "web" }, PublishNotReadyAddresses = true, SessionAffinityTimeoutSeconds = 0,
                Ports = { new ServicePort { Port = 80, NodePort = -1, TargetPort = "\"<ü>\"" }, new ServicePort() },
            },
            Status = new ServiceStatus { Generation = ulong.MaxValue, ReadyEndpoints = int.MinValue, FloatingIps = { new FloatingIp { AgeSeconds = long.MinValue } } },
        },
        new Vmi { Ready = false, Terminating = true, Weight = uint.MaxValue },
        new ApplyServiceResponse { Fence = new Fence { Token = ByteString.CopyFrom(0, 255, 62, 63) } },
        new ServiceEvent { Type = EventType.Bookmark },
        new Flow { IdleSeconds = 0.25, ClientPort = 65535 },
        new Flow { IdleSeconds = double.PositiveInfinity },
        new Stats { Interfaces = { "eth0" }, Reasons = { new ReasonCount { Reason = DropReason.PathGone, Packets = 3 }, new ReasonCount { Reason = (DropReason)999 } } },
        new UInt64Value { Value = 7 },
        new Duration { Seconds = 3, Nanos = 500_000_000 },
    ];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Messages.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Decode_Message_IsTheJsonOfTheGeneratedCode(int number)
    {
        IMessage message = Messages[number];

        string json = MessageToJson.Decode(message.Descriptor, message.ToByteArray())!.ToJsonString();

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(JsonFormatter.Default.Format(message)), JsonNode.Parse(json)), $"{JsonFormatter.Default.Format(message)} is not {json}");
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Encode_Json_IsReadByTheGeneratedCode(int number)
    {
        IMessage message = Messages[number];
        using JsonDocument json = JsonDocument.Parse(JsonFormatter.Default.Format(message));

        Assert.Equal(message, message.Descriptor.Parser.ParseFrom(JsonToMessage.Encode(message.Descriptor, json.RootElement)));
    }

    [Fact]
    public void Encode_NamesOfTheDefinitionAndNumbersAsText_AreTaken()
    {
        using JsonDocument json = JsonDocument.Parse("""{"session_affinity_timeout_seconds": "60", "ports": [{"target_port": "web", "port": "80"}], "type": null}""");

        ServiceSpec spec = ServiceSpec.Parser.ParseFrom(JsonToMessage.Encode(ServiceSpec.Descriptor, json.RootElement));

        Assert.Equal(new ServiceSpec { SessionAffinityTimeoutSeconds = 60, Ports = { new ServicePort { Port = 80, TargetPort = "web" } } }, spec);
    }

    public static TheoryData<string, string> Faults { get; } = new()
    {
        { "[]", "data: Invalid value: []: must be an object of cn2.v1.Service" },
        { """{"nam": 1}""", "nam: unknown field; cn2.v1.Service has metadata, spec, status" },
        { """{"metadata": {"name": 5}}""", "metadata.name: Invalid value: 5: must be a string" },
        { """{"metadata": {"labels": ["a"]}}""", "metadata.labels: Invalid value: [\"a\"]: must be an object" },
        { """{"metadata": {"labels": {"a": 1}}}""", "metadata.labels.a: Invalid value: 1: must be a string" },
        { """{"metadata": {"creationTimestamp": "soon"}}""", "metadata.creationTimestamp: Invalid value: \"soon\": " },
        { """{"spec": {"ports": {}}}""", "spec.ports: Invalid value: {}: must be a list" },
        { """{"spec": {"ports": [{"port": 80}, {"port": 4294967296}]}}""", "spec.ports[1].port: Invalid value: 4294967296: must be a whole number of type int32" },
        { """{"spec": {"publishNotReadyAddresses": "maybe"}}""", "spec.publishNotReadyAddresses: Invalid value: \"maybe\": must be true or false" },
        { """{"status": {"generation": -1}}""", "status.generation: Invalid value: -1: must be a whole number of type uint64" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Encode_Wrong_NamesPathValueAndRule(string text, string expected)
    {
        using JsonDocument json = JsonDocument.Parse(text);

        Assert.StartsWith(expected, Assert.Throws<FormatException>(() => JsonToMessage.Encode(Service.Descriptor, json.RootElement)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_UnknownEnumName_NamesThoseThereAre()
    {
        using JsonDocument json = JsonDocument.Parse("""{"type": "GROWN"}""");

        FormatException wrong = Assert.Throws<FormatException>(() => JsonToMessage.Encode(ServiceEvent.Descriptor, json.RootElement));
        Assert.Equal("type: Invalid value: \"GROWN\": must be one of EVENT_TYPE_UNSPECIFIED, ADDED, MODIFIED, DELETED, BOOKMARK", wrong.Message);
    }
}
