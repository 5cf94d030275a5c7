using Orleans.Cn2.Grains.Hosting;

namespace Orleans.Cn2.Grains.Vmis;

/// <summary>What persists of a namespace: whom to ask when the index is rebuilt, and the epoch that keeps its version growing.</summary>
[GenerateSerializer]
internal sealed class NamespaceState
{
    [NonSerialized]
    private HashSet<string> _nodes = [];

    [NonSerialized]
    private byte[]? _packed;

    [Id(0)]
    public ulong Epoch { get; set; }

    /// <summary>The nodes as earlier builds stored them; only read.</summary>
    [Id(1)]
    public HashSet<string>? Former
    {
        get => null;
        set => _nodes = value ?? _nodes;
    }

    // Ids 2 and 3 were the subscribed Services: the shards list them.

    /// <summary>The nodes as they are stored; unpacked when somebody asks for them, as a record is mostly read to see whether it is still the last.</summary>
    [Id(4)]
    public byte[]? Stored
    {
        get => _packed ?? Packed.Write(_nodes, (writer, node) => writer.Write(node));
        set => _packed = value;
    }

    /// <summary>Nodes that have VMIs here, or had.</summary>
    public HashSet<string> Nodes
    {
        get
        {
            if (_packed is not null)
            {
                (_nodes, _packed) = ([.. Packed.Read(_packed, reader => reader.ReadString())], null);
            }

            return _nodes;
        }
    }
}
