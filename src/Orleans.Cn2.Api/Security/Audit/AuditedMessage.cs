using Google.Protobuf;
using Google.Protobuf.Reflection;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Security.Audit;

/// <summary>What of a request or answer is noted: the name and version of its object, and nothing else that it holds.</summary>
internal static class AuditedMessage
{
    /// <summary>Namespace and name of the object that a request is about; the name alone of one without a namespace.</summary>
    public static string ObjectOf(IMessage request)
    {
        (string ns, string name) = MetadataOf(request) is { } metadata ? (metadata.Namespace, metadata.Name) : (Text(request, "namespace"), Text(request, "name"));
        return ns.Length > 0 ? $"{ns}/{name}" : name;
    }

    /// <summary>The object's version in an answer, or empty.</summary>
    public static string VersionOf(IMessage response) => MetadataOf(response)?.ResourceVersion ?? "";

    /// <summary>True for a request that only tries.</summary>
    public static bool IsDryRun(IMessage request) => request is ApplyServiceRequest { DryRun: true };

    private static ObjectMeta? MetadataOf(IMessage message) =>
        Submessages(message).OfType<ObjectMeta>().FirstOrDefault()
        ?? Submessages(message).SelectMany(Submessages).OfType<ObjectMeta>().FirstOrDefault();

    private static IEnumerable<IMessage> Submessages(IMessage message) => message.Descriptor.Fields.InDeclarationOrder()
        .Where(field => field is { FieldType: FieldType.Message, IsRepeated: false })
        .Select(field => field.Accessor.GetValue(message))
        .OfType<IMessage>();

    private static string Text(IMessage message, string field) =>
        message.Descriptor.FindFieldByName(field)?.Accessor.GetValue(message) as string ?? "";
}
