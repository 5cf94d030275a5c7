using System.Globalization;
using Google.Protobuf.Reflection;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Output;

/// <summary>Reasons as metrics and docs/operations.md name them.</summary>
internal static class ReasonName
{
    private static readonly EnumDescriptor Reasons = DiagnosticsReflection.Descriptor.EnumTypes.Single(type => type.ClrType == typeof(DropReason));

    /// <summary><c>path_gone</c>; the number of a reason that only the server knows.</summary>
    public static string Of(DropReason reason) =>
        Reasons.FindValueByNumber((int)reason)?.Name.ToLowerInvariant() ?? ((int)reason).ToString(CultureInfo.InvariantCulture);
}
