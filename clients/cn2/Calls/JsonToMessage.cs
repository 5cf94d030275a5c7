using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Orleans.Cn2.Cli.Calls;

/// <summary>ProtoJSON to the wire format by descriptors alone. Fields are named as in JSON (clusterIp) or as in the definition (cluster_ip).</summary>
internal static class JsonToMessage
{
    private const int MapKey = 1;
    private const int MapValue = 2;

    /// <summary>The bytes of one message.</summary>
    /// <exception cref="FormatException">A field is unknown or holds what its type can't; the message names path and value.</exception>
    public static byte[] Encode(MessageDescriptor type, JsonElement json) => Encode(type, json, "");

    private static byte[] Encode(MessageDescriptor type, JsonElement json, string path)
    {
        if (WellKnown(type, json, path) is { } known)
        {
            return known;
        }

        if (json.ValueKind != JsonValueKind.Object)
        {
            throw Wrong(path, json, $"must be an object of {type.FullName}");
        }

        using MemoryStream bytes = new();
        using (CodedOutputStream output = new(bytes, leaveOpen: true))
        {
            foreach (JsonProperty property in json.EnumerateObject().Where(property => property.Value.ValueKind != JsonValueKind.Null))
            {
                string at = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
                FieldDescriptor field = type.Fields.InFieldNumberOrder().FirstOrDefault(field => field.JsonName == property.Name || field.Name == property.Name)
                    ?? throw new FormatException($"{at}: unknown field; {type.FullName} has {string.Join(", ", type.Fields.InFieldNumberOrder().Select(field => field.JsonName))}");
                WriteField(output, field, property.Value, at);
            }
        }

        return bytes.ToArray();
    }

    private static void WriteField(CodedOutputStream output, FieldDescriptor field, JsonElement json, string path)
    {
        if (field.IsMap)
        {
            if (json.ValueKind != JsonValueKind.Object)
            {
                throw Wrong(path, json, "must be an object");
            }

            foreach (JsonProperty entry in json.EnumerateObject())
            {
                WriteEntry(output, field, entry, $"{path}.{entry.Name}");
            }
        }
        else if (field.IsRepeated)
        {
            if (json.ValueKind != JsonValueKind.Array)
            {
                throw Wrong(path, json, "must be a list");
            }

            // Never packed: every parser takes both forms.
            foreach ((int index, JsonElement item) in json.EnumerateArray().Index())
            {
                WriteOne(output, field, item, $"{path}[{index}]");
            }
        }
        else
        {
            WriteOne(output, field, json, path);
        }
    }

    private static void WriteEntry(CodedOutputStream output, FieldDescriptor field, JsonProperty entry, string path)
    {
        using MemoryStream bytes = new();
        using (CodedOutputStream inner = new(bytes, leaveOpen: true))
        {
            WriteOne(inner, field.MessageType.FindFieldByNumber(MapKey), JsonSerializer.SerializeToElement(entry.Name), path);
            WriteOne(inner, field.MessageType.FindFieldByNumber(MapValue), entry.Value, path);
        }

        output.WriteTag(field.FieldNumber, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(bytes.ToArray()));
    }

    private static void WriteOne(CodedOutputStream output, FieldDescriptor field, JsonElement json, string path)
    {
        try
        {
            output.WriteTag(field.FieldNumber, WireTypeOf(field.FieldType));
            WriteValue(output, field, json, path);
        }
        catch (Exception wrong) when (wrong is OverflowException or InvalidOperationException || (wrong is FormatException && !wrong.Message.StartsWith(path, StringComparison.Ordinal)))
        {
            throw Wrong(path, json, $"must be {Article(field.FieldType)}");
        }
    }

    private static void WriteValue(CodedOutputStream output, FieldDescriptor field, JsonElement json, string path)
    {
        switch (field.FieldType)
        {
            case FieldType.Message:
                output.WriteBytes(ByteString.CopyFrom(Encode(field.MessageType, json, path)));
                break;
            case FieldType.String:
                output.WriteString(json.GetString()!);
                break;
            case FieldType.Bytes:
                output.WriteBytes(ByteString.FromBase64(json.GetString()!));
                break;
            case FieldType.Bool:
                output.WriteBool(json.ValueKind == JsonValueKind.String ? bool.Parse(json.GetString()!) : json.GetBoolean());
                break;
            case FieldType.Enum:
                output.WriteEnum(EnumNumber(field.EnumType, json, path));
                break;
            case FieldType.Double:
                output.WriteDouble(double.Parse(Digits(json), CultureInfo.InvariantCulture));
                break;
            case FieldType.Float:
                output.WriteFloat(float.Parse(Digits(json), CultureInfo.InvariantCulture));
                break;
            case FieldType.Int32:
                output.WriteInt32(Signed32(json));
                break;
            case FieldType.SInt32:
                output.WriteSInt32(Signed32(json));
                break;
            case FieldType.SFixed32:
                output.WriteSFixed32(Signed32(json));
                break;
            case FieldType.UInt32:
                output.WriteUInt32(uint.Parse(Digits(json), CultureInfo.InvariantCulture));
                break;
            case FieldType.Fixed32:
                output.WriteFixed32(uint.Parse(Digits(json), CultureInfo.InvariantCulture));
                break;
            case FieldType.Int64:
                output.WriteInt64(Signed64(json));
                break;
            case FieldType.SInt64:
                output.WriteSInt64(Signed64(json));
                break;
            case FieldType.SFixed64:
                output.WriteSFixed64(Signed64(json));
                break;
            case FieldType.UInt64:
                output.WriteUInt64(ulong.Parse(Digits(json), CultureInfo.InvariantCulture));
                break;
            case FieldType.Fixed64:
                output.WriteFixed64(ulong.Parse(Digits(json), CultureInfo.InvariantCulture));
                break;
            default:
                throw new FormatException($"{path}: fields of type {field.FieldType} have no JSON form");
        }
    }

    private static byte[]? WellKnown(MessageDescriptor type, JsonElement json, string path)
    {
        try
        {
            return WellKnownTypes.Encode(type, json.GetRawText());
        }
        catch (InvalidProtocolBufferException wrong)
        {
            throw Wrong(path, json, wrong.Message);
        }
    }

    private static int EnumNumber(EnumDescriptor type, JsonElement json, string path) =>
        json.ValueKind == JsonValueKind.Number ? json.GetInt32()
        : type.FindValueByName(json.GetString()!)?.Number
            ?? throw Wrong(path, json, $"must be one of {string.Join(", ", type.Values.Select(value => value.Name))}");

    private static WireFormat.WireType WireTypeOf(FieldType type) => type switch
    {
        FieldType.String or FieldType.Bytes or FieldType.Message => WireFormat.WireType.LengthDelimited,
        FieldType.Double or FieldType.Fixed64 or FieldType.SFixed64 => WireFormat.WireType.Fixed64,
        FieldType.Float or FieldType.Fixed32 or FieldType.SFixed32 => WireFormat.WireType.Fixed32,
        _ => WireFormat.WireType.Varint,
    };

    // Numbers may be written as strings; those of 64 bits are.
    private static string Digits(JsonElement json) => json.ValueKind == JsonValueKind.String ? json.GetString()! : json.GetRawText();

    private static int Signed32(JsonElement json) => int.Parse(Digits(json), CultureInfo.InvariantCulture);

    private static long Signed64(JsonElement json) => long.Parse(Digits(json), CultureInfo.InvariantCulture);

    private static string Article(FieldType type) => type switch
    {
        FieldType.String => "a string",
        FieldType.Bytes => "a string in base64",
        FieldType.Bool => "true or false",
        FieldType.Double or FieldType.Float => "a number",
        _ => $"a whole number of type {type.ToString().ToLowerInvariant()}",
    };

    private static FormatException Wrong(string path, JsonElement json, string rule) =>
        new($"{(path.Length == 0 ? "data" : path)}: Invalid value: {json.GetRawText()}: {rule}");
}
