using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Nodes;
using Orleans.Cn2.Core.Vmis;
using Orleans.Cn2.Grains.Hosting;

namespace Orleans.Cn2.Grains.Nodes;

/// <summary>What persists of a node.</summary>
[GenerateSerializer]
internal sealed class NodeState
{
    [NonSerialized]
    private readonly PackedOnce<Guid, VmiRecord> _packed = new((writer, record) => PackedVmis.Write(writer, record.Value));

    /// <summary>Null: not registered.</summary>
    [Id(0)]
    public NodeSpec? Spec { get; set; }

    [Id(1)]
    public Guid Uid { get; set; }

    [Id(2)]
    public ulong ResourceVersion { get; set; }

    [Id(3)]
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>The VMIs as earlier builds stored them; only read.</summary>
    [Id(4)]
    public Dictionary<Guid, VmiRecord>? Former
    {
        get => null;
        set => Vmis = value ?? Vmis;
    }

    /// <summary>VMIs whose addresses are being acquired: undone after a crash.</summary>
    [Id(5)]
    public Dictionary<Guid, Vmi> Acquiring { get; set; } = [];

    /// <summary>Removed VMIs that the namespace and address grains may still know: finished after a crash.</summary>
    [Id(6)]
    public Dictionary<Guid, Vmi> Removing { get; set; } = [];

    /// <summary>True since a worker attached for the first time: then its absence counts.</summary>
    [Id(7)]
    public bool HadWorker { get; set; }

    /// <summary>True while its VMIs are no paths, because its worker is gone.</summary>
    [Id(8)]
    public bool Lost { get; set; }

    /// <summary>True while it drains, because somebody asked for that.</summary>
    [Id(9)]
    public bool Draining { get; set; }

    /// <summary>How often it was lost lately.</summary>
    [Id(10)]
    public LossRecord Losses { get; set; }

    /// <summary>True since it came back after repeated losses, until it stood long enough.</summary>
    [Id(11)]
    public bool HeldBack { get; set; }

    /// <summary>The VMIs as they are stored.</summary>
    [Id(12)]
    public byte[]? Stored
    {
        get => _packed.Write(Vmis);
        set => Vmis = value is null ? Vmis : Packed.Read(value, PackedVmis.Read).ToDictionary(record => record.Vmi.Uid);
    }

    /// <summary>Namespaces that may not know yet what is stored here; null: an earlier build did not say, it may be all of them.</summary>
    [Id(13)]
    public string[]? Untold { get; set; }

    /// <summary>Addresses that VMIs lost by a change and that are being given up, by uid: finished after a crash.</summary>
    [Id(14)]
    public Dictionary<Guid, ImmutableArray<IpAddress>> Releasing { get; set; } = [];

    /// <summary>Nodes that VMIs came from and that have yet to forget them, by uid.</summary>
    [Id(15)]
    public Dictionary<Guid, ImmutableArray<string>> Moving { get; set; } = [];

    /// <summary>True once the uids of its VMIs are taken; builds before this one took none.</summary>
    [Id(16)]
    public bool TookUids { get; set; }

    /// <summary>True when it is not registered and nothing of it is left to be finished.</summary>
    public bool IsEmpty => Spec is null && Vmis.Count + Acquiring.Count + Removing.Count + Releasing.Count + Moving.Count == 0;

    /// <summary>Whether, and why, its VMIs drain.</summary>
    public DrainCause Drains => Draining ? DrainCause.NodeDraining : HeldBack ? DrainCause.NodeHeldBack : DrainCause.None;

    /// <summary>Namespaces that it has VMIs in, some more than once.</summary>
    public IEnumerable<string> Namespaces => Vmis.Values.Select(record => record.Vmi.Name.Namespace);

    /// <summary>VMIs by uid.</summary>
    [field: NonSerialized]
    public Dictionary<Guid, VmiRecord> Vmis { get; private set; } = [];
}
