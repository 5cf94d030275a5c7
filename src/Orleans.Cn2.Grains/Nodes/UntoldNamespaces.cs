using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Grains.Nodes;

/// <summary>Namespaces that may not know yet what is stored of a node. A name leaves when its namespace has answered; what is left is stored with each write.</summary>
internal sealed class UntoldNamespaces(IGrainFactory grains, string node)
{
    private readonly HashSet<string> _names = [];

    /// <summary>As it is stored.</summary>
    public string[] Names => [.. _names];

    /// <summary>Notes namespaces whose VMIs changed.</summary>
    public void Add(IEnumerable<string> namespaces) => _names.UnionWith(namespaces);

    /// <summary>Notes a namespace; true when nothing else of it is untold.</summary>
    public bool Add(string ns) => _names.Add(ns);

    /// <summary>Tells one VMI.</summary>
    /// <param name="vmi">The VMI as it takes part in selection.</param>
    /// <param name="alone">True when nothing else of its namespace is untold.</param>
    public async Task<Fence> TellAsync(Vmi vmi, bool alone)
    {
        Fence fence = ToFence(await grains.GetGrain<INamespaceGrain>(vmi.Name.Namespace).Upsert(vmi));
        if (alone)
        {
            _names.Remove(vmi.Name.Namespace);
        }

        return fence;
    }

    /// <summary>Tells all VMIs of a namespace.</summary>
    public async Task<Fence> TellAsync(string ns, NodeSnapshot stored)
    {
        NamespaceChange change = await grains.GetGrain<INamespaceGrain>(ns).SetNode(node, stored.MembersOf(ns));
        _names.Remove(ns);
        return ToFence(change);
    }

    /// <summary>Tells every namespace at once, so that one which can't be reached keeps the others from nothing.</summary>
    /// <exception cref="Exception">One could not be told.</exception>
    public async Task<Fence> TellAllAsync(NodeSnapshot stored)
    {
        Fence[] fences = await Task.WhenAll(Names.Select(ns => TellAsync(ns, stored)));
        return fences.Aggregate(Fence.None, (all, fence) => all.And(fence));
    }

    /// <summary>What a change reached.</summary>
    public static Fence ToFence(NamespaceChange change) => Fence.Of(change.Touched.Select(service => new MembersMark(service, change.Version)));
}
