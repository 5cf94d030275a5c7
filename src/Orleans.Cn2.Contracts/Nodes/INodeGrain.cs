using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Vmis;
using Orleans.Concurrency;

namespace Orleans.Cn2.Contracts.Nodes;

/// <summary>A node with its VMIs, key: its name. It awaits the cluster, VMI address, VMI uid, namespace and progress grains; other nodes it only hints at.</summary>
[Alias("cn2.INodeGrain")]
public interface INodeGrain : IGrainWithStringKey
{
    /// <summary>Registers the node or replaces its registration. Idempotent.</summary>
    /// <exception cref="InvalidObjectException">A field is not valid.</exception>
    [Alias("Register")]
    Task<NodeView> Register(NodeSpec spec);

    /// <summary>The node; null when it is not registered.</summary>
    [AlwaysInterleave, Alias("Get")]
    Task<NodeView?> Get();

    /// <summary>Removes the node with its VMIs; nothing waits for its vRouter any more.</summary>
    /// <exception cref="ObjectNotFoundException">It is not registered.</exception>
    [Alias("Delete")]
    Task<Fence> Delete();

    /// <summary>
    /// Begins or ends draining: the node's VMIs, also those registered meanwhile, take no new flows while another back end does, and keep those they have.
    /// Stays until it is ended, over restarts and registrations. Idempotent.
    /// </summary>
    /// <exception cref="ObjectNotFoundException">The node is not registered.</exception>
    [Alias("SetDraining")]
    Task<DrainOutcome> SetDraining(bool draining);

    /// <summary>Registers a VMI on this node, or replaces the one of its uid, which moves here if it is on another node.</summary>
    /// <param name="vmi">The VMI.</param>
    /// <param name="leaseSeconds">0: until deregistered; else it drains unless registered anew within this time.</param>
    /// <exception cref="InvalidObjectException">A field is not valid.</exception>
    /// <exception cref="ObjectExistsException">
    /// The uid or an address belongs to another VMI, which is named if it is of the same namespace, or the name to one of another uid.
    /// </exception>
    /// <exception cref="ObjectNotFoundException">The node is not registered.</exception>
    [Alias("RegisterVmi")]
    Task<VmiOutcome> RegisterVmi(Vmi vmi, int leaseSeconds);

    /// <summary>Changes conditions, labels or weight of a VMI.</summary>
    /// <exception cref="ObjectNotFoundException">There is none of this uid here.</exception>
    [Alias("UpdateVmi")]
    Task<VmiOutcome> UpdateVmi(Guid uid, VmiUpdate update);

    /// <summary>Removes a VMI at once.</summary>
    /// <exception cref="ObjectNotFoundException">There is none of this uid here.</exception>
    [Alias("DeregisterVmi")]
    Task<Fence> DeregisterVmi(Guid uid);

    /// <summary>
    /// A hint that another node took this VMI over: where the VMI's uid is another node's by now, this one forgets the VMI and gives up what it had of it. Sent by the
    /// new node until that is done.
    /// </summary>
    [OneWay, Alias("Supersede")]
    Task Supersede(Guid uid);

    /// <summary>The VMI of a uid; null when it is not here.</summary>
    [AlwaysInterleave, Alias("GetVmi")]
    Task<Vmi?> GetVmi(Guid uid);

    /// <summary>All VMIs of the node, sorted by namespace and name.</summary>
    [AlwaysInterleave, Alias("ListVmis")]
    Task<ImmutableArray<Vmi>> ListVmis();

    /// <summary>VMIs of some namespaces, in their order, for namespace grains that rebuild their index or compare it. Answered from memory.</summary>
    [AlwaysInterleave, Alias("VmisOf")]
    Task<ImmutableArray<NodeMembers>> VmisOf(ImmutableArray<string> namespaces);

    /// <summary>
    /// Starts the grain if it is not there: it tells what a former activation stored and could not tell, and lets leases run out. Sent by the cluster now and
    /// then, for a node that has no worker may have nobody else who calls it.
    /// </summary>
    [OneWay, AlwaysInterleave, Alias("Wake")]
    Task Wake();

    /// <summary>The node's worker stream stands (again). Sent at its start and then every few seconds, it is the node's lease.</summary>
    [Alias("StreamUp")]
    Task StreamUp(ulong session);

    /// <summary>The node's worker stream of this session ended; the grace begins. Ignored for any but the newest session.</summary>
    [Alias("StreamDown")]
    Task StreamDown(ulong session);
}
