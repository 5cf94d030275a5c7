using Orleans.Cn2.Core;

namespace Orleans.Cn2.Contracts.Nodes;

/// <summary>The owner of a VMI address.</summary>
[GenerateSerializer, Immutable]
public sealed record AddressOwner([property: Id(0)] Guid VmiUid, [property: Id(1)] NamespacedName Vmi, [property: Id(2)] string Node);

/// <summary>One address that a VMI has for itself, key: its canonical text. Addresses of nodes are shared and never come here.</summary>
[Alias("cn2.IVmiAddressGrain")]
public interface IVmiAddressGrain : IGrainWithStringKey
{
    /// <summary>
    /// Takes the address for an owner and answers whose it is afterwards: the asker's, or that of the other VMI that has it. One that moved is its new node's; the
    /// former one keeps the address from others until it released it, too.
    /// </summary>
    [Alias("Acquire")]
    Task<AddressOwner> Acquire(AddressOwner owner);

    /// <summary>A VMI on this node has the address no more: it is free where no other node has it for the same VMI, else that one's.</summary>
    [Alias("Release")]
    Task Release(Guid vmiUid, string node);

    /// <summary>The owner; null when it is free.</summary>
    [Alias("GetOwner")]
    Task<AddressOwner?> GetOwner();
}
