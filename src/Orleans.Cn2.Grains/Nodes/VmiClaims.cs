using System.Globalization;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Grains.Nodes;

/// <summary>Takes and gives up the addresses that VMIs of a node have for themselves; the node's own addresses are shared.</summary>
internal sealed class VmiClaims(IGrainFactory grains, string node)
{
    /// <summary>Takes the VMI's addresses, all or none.</summary>
    /// <exception cref="ObjectExistsException">One belongs to another VMI; names field, address and owner.</exception>
    public async Task AcquireAsync(Vmi vmi, NodeSpec spec)
    {
        AddressOwner owner = new(vmi.Uid, vmi.Name, node);
        for (int i = 0; i < vmi.Addresses.Count; i++)
        {
            IpAddress address = vmi.Addresses[i];
            if (spec.Addresses.Contains(address))
            {
                continue;
            }

            AddressOwner known = await Grain(address).Acquire(owner);
            if (known.VmiUid != vmi.Uid)
            {
                await ReleaseAsync(vmi, vmi.Addresses.Take(i));
                throw new ObjectExistsException(
                    "Vmi", vmi.Name.ToString(), string.Create(CultureInfo.InvariantCulture, $"addresses[{i}]: Duplicate value: \"{address}\": belongs to VMI {known.Vmi} of node {known.Node}"));
            }
        }
    }

    /// <summary>Gives addresses up, as far as they are this VMI's.</summary>
    public Task ReleaseAsync(Vmi vmi, IEnumerable<IpAddress> addresses) =>
        Task.WhenAll(addresses.Select(address => Grain(address).Release(vmi.Uid, node)));

    private IVmiAddressGrain Grain(IpAddress address) => grains.GetGrain<IVmiAddressGrain>(address.ToString());
}
