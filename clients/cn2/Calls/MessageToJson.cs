using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Orleans.Cn2.Cli.Calls;

/// <summary>The wire format to ProtoJSON by descriptors alone: fields of the default value are left out, 64-bit numbers are strings.</summary>
internal static class MessageToJson
{
    /// <summary>The JSON of one message.</summary>
    /// <exception cref="InvalidProtocolBufferException">The bytes are no such message.</exception>
    public static JsonNode? Decode(MessageDescriptor type, byte[] bytes)
    {
        if (WellKnownTypes.Decode(type, bytes) is { } known)
        {
            return JsonNode.Parse(known);
        }

        SortedDictionary<int, List<JsonNode?>> values = [];
        using CodedInputStream input = new(bytes);
        while (input.ReadTag() is var tag && tag != 0)
        {
            // Fields that the server's own definition doesn't name can't be told.
            if (type.FindFieldByNumber(WireFormat.GetTagFieldNumber(tag)) is not { } field)
            {
                input.SkipLastField();
                continue;
            }

            if (!values.TryGetValue(field.FieldNumber, out List<JsonNode?>? list))
            {
                values.Add(field.FieldNumber, list = []);
            }

            Read(input, field, WireFormat.GetTagWireType(tag), list);
        }

        JsonObject json = [];
        foreach ((int number, List<JsonNode?> list) in values)
        {
            FieldDescriptor field = type.FindFieldByNumber(number);
            json[field.JsonName] = field.IsMap ? Map(list) : field.IsRepeated ? new JsonArray([.. list]) : list[^1];
        }

        return json;
    }

    private static void Read(CodedInputStream input, FieldDescriptor field, WireFormat.WireType wire, List<JsonNode?> list)
    {
        if (field.IsRepeated && wire == WireFormat.WireType.LengthDelimited && field.FieldType is not (FieldType.Message or FieldType.String or FieldType.Bytes))
        {
            using CodedInputStream packed = new(input.ReadBytes().ToByteArray());
            while (!packed.IsAtEnd)
            {
                list.Add(ReadOne(packed, field));
            }
        }
        else
        {
            list.Add(ReadOne(input, field));
        }
    }

    private static JsonNode? ReadOne(CodedInputStream input, FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message when field.IsMap => Entry(field.MessageType, input.ReadBytes().ToByteArray()),
        FieldType.Message => Decode(field.MessageType, input.ReadBytes().ToByteArray()),
        FieldType.String => input.ReadString(),
        FieldType.Bytes => input.ReadBytes().ToBase64(),
        FieldType.Bool => input.ReadBool(),
        FieldType.Enum => EnumName(field.EnumType, input.ReadEnum()),
        FieldType.Double => Real(input.ReadDouble()),
        FieldType.Float => Real(input.ReadFloat()),
        FieldType.Int32 => input.ReadInt32(),
        FieldType.SInt32 => input.ReadSInt32(),
        FieldType.SFixed32 => input.ReadSFixed32(),
        FieldType.UInt32 => input.ReadUInt32(),
        FieldType.Fixed32 => input.ReadFixed32(),
        FieldType.Int64 => Text(input.ReadInt64()),
        FieldType.SInt64 => Text(input.ReadSInt64()),
        FieldType.SFixed64 => Text(input.ReadSFixed64()),
        FieldType.UInt64 => Text(input.ReadUInt64()),
        FieldType.Fixed64 => Text(input.ReadFixed64()),
        _ => throw new FormatException($"{field.FullName}: fields of type {field.FieldType} have no JSON form"),
    };

    // A default key or value is not on the wire.
    private static JsonObject Entry(MessageDescriptor type, byte[] bytes)
    {
        JsonObject entry = (JsonObject)Decode(type, bytes)!;
        FieldDescriptor value = type.Fields.InFieldNumberOrder()[1];
        return new JsonObject
        {
            ["key"] = entry["key"]?.ToString() ?? "",
            ["value"] = entry["value"]?.DeepClone() ?? Default(value),
        };
    }

    private static JsonNode Default(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message => new JsonObject(),
        FieldType.String or FieldType.Bytes => "",
        FieldType.Bool => false,
        FieldType.Enum => EnumName(field.EnumType, 0),
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 or FieldType.UInt64 or FieldType.Fixed64 => "0",
        _ => 0,
    };

    private static JsonObject Map(List<JsonNode?> entries)
    {
        JsonObject map = [];
        foreach (JsonNode? entry in entries)
        {
            map[entry!["key"]!.ToString()] = entry["value"]?.DeepClone();
        }

        return map;
    }

    private static JsonNode EnumName(EnumDescriptor type, int number) => type.FindValueByNumber(number) is { } value ? value.Name : number;

    private static JsonNode Real(double value) => double.IsFinite(value) ? value : value.ToString(CultureInfo.InvariantCulture);

    private static JsonNode Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
