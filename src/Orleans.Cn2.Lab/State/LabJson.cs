using System.Text.Json;
using System.Text.Json.Serialization;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Lab.State;

[JsonSourceGenerationOptions(
    WriteIndented = true, UseStringEnumConverter = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    IgnoreReadOnlyProperties = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(IpAddressConverter), typeof(IpPrefixConverter)])]
[JsonSerializable(typeof(LabState))]
[JsonSerializable(typeof(PodTemplate))]
internal sealed partial class LabJson : JsonSerializerContext;

internal sealed class IpAddressConverter : JsonConverter<IpAddress>
{
    public override IpAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        IpAddress.TryParse(reader.GetString(), null, out IpAddress address)
            ? address : throw new JsonException($"'{reader.GetString()}' is no IP address");

    public override void Write(Utf8JsonWriter writer, IpAddress value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

internal sealed class IpPrefixConverter : JsonConverter<IpPrefix>
{
    public override IpPrefix Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        IpPrefix.TryParse(reader.GetString(), null, out IpPrefix prefix)
            ? prefix : throw new JsonException($"'{reader.GetString()}' is no prefix");

    public override void Write(Utf8JsonWriter writer, IpPrefix value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
