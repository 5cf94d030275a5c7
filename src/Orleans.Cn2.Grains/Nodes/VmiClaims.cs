using System.Globalization;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Grains.Nodes;

/// <summary>Takes and gives up the addresses that VMIs of a node have for themselves; the node's own addresses are shared.</summary>
internal sealed class VmiClaims(IGrainFactory grains, string node)
{
    /// <summary>Takes the VMI's addresses. After a failure it may have some: the caller gives up those that the VMI does not keep.</summary>
    /// <exception cref="ObjectExistsException">One belongs to another VMI; names field, address and owner.</exception>
    public async Task AcquireAsync(Vmi vmi, NodeSpec spec)
    {
        AddressOwner owner = new(vmi.Uid, vmi.Name, node);
        AddressOwner[] owners = await Task.WhenAll(vmi.Addresses.Select(
            address => spec.Addresses.Contains(address) ? Task.FromResult(owner) : Grain(address).Acquire(owner)));
        if (Array.FindIndex(owners, known => known.VmiUid != vmi.Uid) is int taken and >= 0)
        {
            throw new ObjectExistsException("Vmi", vmi.Name.ToString(), string.Create(
                CultureInfo.InvariantCulture,
                $"addresses[{taken}]: Duplicate value: \"{vmi.Addresses[taken]}\": belongs to VMI {owners[taken].Vmi} of node {owners[taken].Node}"));
        }
    }

    /// <summary>Gives addresses up, as far as they are this VMI's.</summary>
    public Task ReleaseAsync(Guid vmi, IEnumerable<IpAddress> addresses) =>
        Task.WhenAll(addresses.Select(address => Grain(address).Release(vmi, node)));

    private IVmiAddressGrain Grain(IpAddress address) => grains.GetGrain<IVmiAddressGrain>(address.ToString());
}
