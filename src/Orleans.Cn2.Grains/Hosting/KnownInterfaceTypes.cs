using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Metadata;

namespace Orleans.Cn2.Grains.Hosting;

/// <summary>
/// Keeps the interface types that Orleans worked out: it reads the attributes of a grain interface anew with every <c>GetGrain</c>, which took one in twenty
/// instructions of a silo under load.
/// </summary>
internal sealed class KnownInterfaceTypes(IServiceProvider services) : IGrainInterfaceTypeProvider
{
    [ThreadStatic]
    private static bool _asking;

    private readonly ConcurrentDictionary<Type, GrainInterfaceType> _known = [];

    /// <summary>Puts it before Orleans' own.</summary>
    public static void AddTo(IServiceCollection services) => services.Insert(0, ServiceDescriptor.Singleton<IGrainInterfaceTypeProvider, KnownInterfaceTypes>());

    public bool TryGetGrainInterfaceType([DisallowNull] Type type, out GrainInterfaceType grainInterfaceType)
    {
        if (_known.TryGetValue(type, out grainInterfaceType))
        {
            return true;
        }

        // The resolver asks here first, then the others.
        if (_asking)
        {
            return false;
        }

        _asking = true;
        try
        {
            grainInterfaceType = services.GetRequiredService<GrainInterfaceTypeResolver>().GetGrainInterfaceType(type);
        }
        finally
        {
            _asking = false;
        }

        _known[type] = grainInterfaceType;
        return true;
    }
}
