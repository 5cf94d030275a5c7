using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Api.Errors;

/// <summary>Refusals that every method on a VMI shares.</summary>
internal static class VmiFaults
{
    /// <summary>Kind of the object.</summary>
    public const string Kind = "Vmi";

    /// <summary>There is none of this name.</summary>
    public static ObjectNotFoundException NotFound(NamespacedName name) =>
        new(Kind, name.ToString(), $"vmis \"{name.Name}\" not found in namespace \"{name.Namespace}\"");

    /// <exception cref="ConflictException">A uid was asked for, and the VMI has another one.</exception>
    public static void RequireUid(Vmi vmi, Guid? wanted)
    {
        if (wanted is not null && wanted != vmi.Uid)
        {
            throw new ConflictException(Kind, vmi.Name.ToString(), $"uid: {wanted} is not that of the VMI, which is {vmi.Uid}");
        }
    }
}
