using System.Collections.Immutable;
using System.Globalization;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Grains.Nodes;

/// <summary>Takes and gives up what VMIs of a node have for themselves: the uid and the addresses. The node's own addresses are shared.</summary>
internal sealed class VmiClaims(IGrainFactory grains, string node)
{
    /// <summary>Takes the VMI's uid and addresses, from another node that has the same VMI too. After a failure it may have some: the caller gives up those that the VMI does not keep.</summary>
    /// <param name="vmi">The VMI.</param>
    /// <param name="spec">The node.</param>
    /// <param name="former">The node that the namespace has the VMI on; null: none.</param>
    /// <returns>Nodes that have yet to forget the VMI.</returns>
    /// <exception cref="ObjectExistsException">The uid or an address belongs to another VMI; names field, value and, within the namespace, the owner.</exception>
    public async Task<ImmutableArray<string>> AcquireAsync(Vmi vmi, NodeSpec spec, string? former)
    {
        AddressOwner owner = new(vmi.Uid, vmi.Name, node);
        Task<VmiHolders> uid = Uid(vmi.Uid).Acquire(vmi.Name, node, former);
        Task<AddressOwner[]> addresses = Task.WhenAll(vmi.Addresses.Select(
            address => spec.Addresses.Contains(address) ? Task.FromResult(owner) : Address(address).Acquire(owner)));
        await Task.WhenAll(uid, addresses);
        VmiHolders holders = await uid;
        RequireSame(vmi, holders.Vmi);
        AddressOwner[] owners = await addresses;
        if (Array.FindIndex(owners, known => known != owner) is int taken and >= 0)
        {
            throw new ObjectExistsException("Vmi", vmi.Name.ToString(), string.Create(
                CultureInfo.InvariantCulture,
                $"addresses[{taken}]: Duplicate value: \"{vmi.Addresses[taken]}\": belongs to {OwnerAsToldTo(vmi, owners[taken].Vmi, owners[taken].Node)}"));
        }

        return holders.Nodes.Remove(node);
    }

    /// <exception cref="ObjectExistsException">The uid is that of a VMI of another name.</exception>
    public static void RequireSame(Vmi vmi, NamespacedName holder)
    {
        if (holder != vmi.Name)
        {
            throw new ObjectExistsException(
                "Vmi", vmi.Name.ToString(), $"metadata.uid: Duplicate value: \"{vmi.Uid}\": belongs to {OwnerAsToldTo(vmi, holder, null)}");
        }
    }

    /// <summary>Gives addresses up, as far as they are this VMI's.</summary>
    public Task ReleaseAsync(Guid vmi, IEnumerable<IpAddress> addresses) =>
        Task.WhenAll(addresses.Select(address => Address(address).Release(vmi, node)));

    /// <summary>Gives the uid up, as far as it is this VMI's.</summary>
    public Task ReleaseUidAsync(Vmi vmi) => Uid(vmi.Uid).Release(vmi.Name, node);

    /// <summary>Takes the uid alone.</summary>
    public Task AcquireUidAsync(Vmi vmi) => Uid(vmi.Uid).Acquire(vmi.Name, node, former: null);

    /// <summary>Gives the uid of a VMI up that the node does not have.</summary>
    public async Task ReleaseAbsentAsync(Guid uid)
    {
        if (await HoldersAsync(uid) is { } holders && holders.Nodes.Contains(node))
        {
            await Uid(uid).Release(holders.Vmi, node);
        }
    }

    /// <summary>Who has the uid; null: nobody.</summary>
    public Task<VmiHolders?> HoldersAsync(Guid uid) => Uid(uid).GetHolders();

    /// <summary>
    /// The node that has a VMI which several nodes have in their records: the one that took its uid last. Builds before this one did not take uids: then the one that took
    /// its address last. Null where neither tells.
    /// </summary>
    public static async Task<string?> NodeOfAsync(IGrainFactory grains, Vmi vmi)
    {
        if (await grains.GetGrain<IVmiUidGrain>(vmi.Uid).GetHolders() is { } holders && holders.Vmi == vmi.Name)
        {
            return holders.Node;
        }

        AddressOwner?[] owners = await Task.WhenAll(vmi.Addresses.Select(address => AddressOf(grains, address).GetOwner()));
        return owners.FirstOrDefault(owner => owner?.VmiUid == vmi.Uid && owner.Vmi == vmi.Name)?.Node;
    }

    // A namespace learns nothing of the VMIs of another.
    private static string OwnerAsToldTo(Vmi asker, NamespacedName owner, string? node) =>
        owner.Namespace != asker.Name.Namespace ? "a VMI of another namespace" : node is null ? $"VMI {owner}" : $"VMI {owner} of node {node}";

    private static IVmiAddressGrain AddressOf(IGrainFactory grains, IpAddress address) => grains.GetGrain<IVmiAddressGrain>(address.ToString());

    private IVmiAddressGrain Address(IpAddress address) => AddressOf(grains, address);

    private IVmiUidGrain Uid(Guid uid) => grains.GetGrain<IVmiUidGrain>(uid);
}
