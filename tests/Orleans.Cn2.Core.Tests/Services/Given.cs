using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;

namespace Orleans.Cn2.Core.Tests.Services;

/// <summary>Services and clusters for tests.</summary>
internal static class Given
{
    public static readonly ServiceCluster DualStack = Cluster("IPv4,IPv6");
    public static readonly ServiceCluster SingleStack = Cluster("IPv4");

    /// <summary>A plain Service with one port and a selector.</summary>
    public static readonly ServiceSpec Plain = new()
    {
        Ports = [new ServicePortSpec { Port = 80 }],
        Selector = LabelSet.Of(("app", "foo")),
    };

    public static ServiceCluster Cluster(string families) =>
        new(families.Split(',').Select(family => Enum.Parse<IpFamily>(family)).ToValueList());

    public static ServiceManifest Manifest(ServiceSpec spec, string name = "foo") =>
        new() { Name = new("default", name), Spec = spec };

    /// <summary>A Service as admitted on <paramref name="cluster"/>.</summary>
    public static AdmittedService Admitted(ServiceSpec spec, ServiceCluster? cluster = null)
    {
        (_, AdmittedService? service, string? error) = new SimplePool().Admit(Manifest(spec), null, cluster ?? DualStack);
        Assert.Null(error);
        return service!;
    }

    /// <summary>The message a create is refused with; null when it is admitted.</summary>
    public static string? CreateError(ServiceSpec spec, ServiceCluster? cluster = null) =>
        new SimplePool().Admit(Manifest(spec), null, cluster ?? DualStack).Error;
}
