using CommunityToolkit.HighPerformance.Buffers;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Grains.Nodes;

/// <summary>
/// One instance of each text that many VMIs have, such as their namespace and their labels: of 200,000 VMIs these were a million. The pool is bounded; a text
/// that left it is only held twice.
/// </summary>
internal static class SharedTexts
{
    private const int Texts = 32_768;
    private static readonly StringPool Pool = new(Texts);

    /// <summary>An equal text.</summary>
    public static string Of(string text) => Pool.GetOrAdd(text);

    /// <summary>An equal VMI.</summary>
    public static Vmi Of(Vmi vmi) => vmi with { Name = new NamespacedName(Of(vmi.Name.Namespace), vmi.Name.Name), Labels = vmi.Labels.Sharing(Of) };
}
