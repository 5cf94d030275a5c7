using Grpc.Core;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Silo.Tests.Clusters;

/// <summary>Services as these tests make them.</summary>
internal static class Samples
{
    public static ApplyServiceRequest Service(string name, int port = 80) => new()
    {
        Service = new Service
        {
            Metadata = new ObjectMeta { Namespace = "default", Name = name },
            Spec = new ServiceSpec { IpFamilyPolicy = "RequireDualStack", Ports = { new ServicePort { Port = port } }, Selector = { ["app"] = "web" } },
        },
    };

    public static async Task<string[]> AddressesAsync(Cn2Client client, string name)
    {
        Service? service = null;
        await Until.TrueAsync(
            $"{name} is read",
            TimeSpan.FromSeconds(60),
            async () => await AnsweredAsync(async () => service = await client.Services.GetAsync(new GetServiceRequest { Namespace = "default", Name = name })),
            () => "");
        return [.. service!.Status.FloatingIps.Select(fip => fip.Address)];
    }

    /// <summary>Applies a Service, repeating the request while its outcome is unknown.</summary>
    public static Task ApplyAsync(Cn2Client client, string name) => Until.TrueAsync(
        $"{name} is applied",
        TimeSpan.FromSeconds(60),
        () => AnsweredAsync(async () => await client.Services.ApplyAsync(Service(name))),
        () => "");

    /// <summary>Makes a call; false when it is to be repeated.</summary>
    public static async Task<bool> AnsweredAsync(Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (RpcException failure) when (failure.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Aborted)
        {
            return false;
        }
    }
}
