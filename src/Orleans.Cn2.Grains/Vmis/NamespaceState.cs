using Orleans.Cn2.Core;
using Orleans.Cn2.Grains.Hosting;

namespace Orleans.Cn2.Grains.Vmis;

/// <summary>What persists of a namespace: whom to ask when the index is rebuilt, and the epoch that keeps its version growing.</summary>
[GenerateSerializer]
internal sealed class NamespaceState
{
    [Id(0)]
    public ulong Epoch { get; set; }

    [Id(1)]
    public HashSet<string> Nodes { get; set; } = [];

    /// <summary>The Services as earlier builds stored them; only read.</summary>
    [Id(2)]
    public HashSet<NamespacedName>? Former
    {
        get => null;
        set => Services = value ?? Services;
    }

    /// <summary>The Services as they are stored.</summary>
    [Id(3)]
    public byte[]? Stored
    {
        get => Packed.Write(Services, (writer, name) => writer.Write(name));
        set => Services = value is null ? Services : [.. Packed.Read(value, reader => reader.ReadName())];
    }

    [field: NonSerialized]
    public HashSet<NamespacedName> Services { get; private set; } = [];
}
