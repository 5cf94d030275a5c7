namespace Orleans.Cn2.Storage.States;

/// <summary>How a payload was written; stored with it, so values are never changed, and a format that a build does not know is refused rather than misread.</summary>
internal enum PayloadFormat
{
    /// <summary>Orleans' binary serializer. Written by builds before the long lists of states were packed.</summary>
    OrleansBinary = 1,

    /// <summary>The same, with long lists packed: a build that does not know these would take them for empty.</summary>
    Packed = 2,

    /// <summary>The same, and namespaces do not list their Services, which their shards do: a build that does not know this would tell no Service of its VMIs.</summary>
    ListedByShardsAlone = 3,

    /// <summary>The same, with the VMIs of nodes and the nodes of namespaces packed.</summary>
    PackedVmis = 4,

    /// <summary>The same, with the list of a shard in parts and the index of a subnet's blocks packed.</summary>
    ListInParts = 5,

    /// <summary>The same, with labels, annotations and selectors as one list of texts: a build that does not know this would read none.</summary>
    FlatLabels = 6,
}
