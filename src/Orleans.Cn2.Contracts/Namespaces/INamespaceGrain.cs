using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Vmis;
using Orleans.Concurrency;

namespace Orleans.Cn2.Contracts.Namespaces;

/// <summary>
/// The index between selectors and labels of one namespace, key: its name. The index is rebuilt; what persists is only which
/// nodes have VMIs in the namespace: its Services are on the lists of their shards. After activation it pulls from both by interleaving
/// reads: from the nodes (<c>INodeGrain.VmisOf</c>) before it answers, of which one that can't be read keeps back only what may concern it, from the Services (<see cref="IServiceGrain.GetSelection"/>) that did not ask for their
/// members by then before it takes a change. Its version grows across activations too.
/// It compares with its nodes now and then, so that a change that a node stored but could not tell is found.
/// </summary>
[Alias("cn2.INamespaceGrain")]
public interface INamespaceGrain : IGrainWithStringKey
{
    /// <summary>
    /// Puts a node on the list of those that the next activation asks for their VMIs; a node that comes for the first time does so before its first VMI.
    /// Interleaves, so that many are written down together.
    /// </summary>
    [AlwaysInterleave, Alias("EnterNode")]
    Task EnterNode(string node);

    /// <summary>A node has this VMI, new, changed or taken over from another node.</summary>
    [Alias("Upsert")]
    Task<NamespaceChange> Upsert(Vmi vmi);

    /// <summary>All VMIs of one node: others that were known of it are gone. VMIs of a lost node are known by name, but no Service has them.</summary>
    [Alias("SetNode")]
    Task<NamespaceChange> SetNode(string node, NodeMembers members);

    /// <summary>A VMI is gone from a node; nothing happens when another node has taken it over meanwhile.</summary>
    [Alias("Remove")]
    Task<NamespaceChange> Remove(string node, Guid uid);

    /// <summary>
    /// Subscribes a Service, or replaces its subscription, and answers its members. Only one that is on its shard's list may call it: that is where the next
    /// activation finds it. Interleaves, so that many make sure together that this activation is the last.
    /// </summary>
    /// <exception cref="OutcomeUnknownException">A VMI that is a path of the Service may be on a node that can't be read: it stays one for now.</exception>
    [AlwaysInterleave, Alias("Select")]
    Task<Selection> Select(SelectRequest request);

    /// <summary>Ends a Service's subscription, if there is one.</summary>
    [AlwaysInterleave, Alias("Unsubscribe")]
    Task Unsubscribe(NamespacedName service);

    /// <summary>
    /// Subscribes a Service that selects VMIs and is not subscribed. Starts the grain if it is not there, which makes every Service look at its members again:
    /// a hint that was not yet answered is lost with the silo. Sent by the catalog with its audits.
    /// </summary>
    [OneWay, AlwaysInterleave, Alias("Recall")]
    Task Recall(NamespacedName service);

    /// <summary>
    /// Answers once the grain has started. A silo that starts wakes all namespaces together, so that they read each node together; woken by one Service after
    /// another they would read it once each.
    /// </summary>
    [AlwaysInterleave, Alias("Wake")]
    Task Wake();

    /// <summary>The VMI of a name; null when there is none.</summary>
    /// <exception cref="OutcomeUnknownException">It may be on a node that can't be read.</exception>
    [AlwaysInterleave, Alias("Find")]
    Task<Vmi?> Find(string name);

    /// <summary>The VMI of a name on a node that could be read; null when there is none.</summary>
    [AlwaysInterleave, Alias("FindKnown")]
    Task<Vmi?> FindKnown(string name);

    /// <summary>The VMI of a name with the Services that must know of its last change; null when there is none.</summary>
    /// <exception cref="OutcomeUnknownException">It may be on a node that can't be read.</exception>
    [AlwaysInterleave, Alias("FindMember")]
    Task<Membership?> FindMember(string name);

    /// <summary>All VMIs of the namespace, sorted by name.</summary>
    /// <exception cref="OutcomeUnknownException">A node that has some can't be read.</exception>
    [AlwaysInterleave, Alias("List")]
    Task<ImmutableArray<Vmi>> List();

    /// <summary>Changes after <paramref name="have"/>; waits up to <paramref name="wait"/> (at most 1 s) when there are none.</summary>
    /// <exception cref="OutcomeUnknownException">A node that has some can't be read.</exception>
    [AlwaysInterleave, Alias("Read")]
    Task<VmiChanges> Read(ulong have, TimeSpan wait);
}
