using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Orleans.Cn2.Cli.Calls;

/// <summary>Messages with a JSON form of their own (ProtoJSON): a Timestamp is a string, not an object.</summary>
internal static class WellKnownTypes
{
    private static readonly Dictionary<string, MessageDescriptor> ByName = new MessageDescriptor[]
    {
        Timestamp.Descriptor, Duration.Descriptor, FieldMask.Descriptor, Struct.Descriptor, Value.Descriptor, ListValue.Descriptor,
        BoolValue.Descriptor, Int32Value.Descriptor, Int64Value.Descriptor, UInt32Value.Descriptor, UInt64Value.Descriptor,
        FloatValue.Descriptor, DoubleValue.Descriptor, StringValue.Descriptor, BytesValue.Descriptor,
    }.ToDictionary(type => type.FullName);

    /// <summary>The bytes of such a message; null for every other type.</summary>
    /// <exception cref="InvalidProtocolBufferException">The JSON is none of that type.</exception>
    public static byte[]? Encode(MessageDescriptor type, string json) =>
        ByName.TryGetValue(type.FullName, out MessageDescriptor? known) ? JsonParser.Default.Parse(json, known).ToByteArray() : null;

    /// <summary>The JSON of such a message; null for every other type.</summary>
    public static string? Decode(MessageDescriptor type, byte[] bytes) =>
        ByName.TryGetValue(type.FullName, out MessageDescriptor? known) ? JsonFormatter.Default.Format(known.Parser.ParseFrom(bytes)) : null;
}
