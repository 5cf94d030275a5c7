using Grpc.Core;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Bench.Control.Load;

/// <summary>Requests as the load makes them.</summary>
internal static class Requests
{
    public static ApplyServiceRequest DualStack(string ns, string name, int port = 80) => new()
    {
        Service = new Service
        {
            Metadata = new ObjectMeta { Namespace = ns, Name = name },
            Spec = new ServiceSpec { IpFamilyPolicy = "RequireDualStack", Ports = { new ServicePort { Port = port, TargetPort = "8080" } }, Selector = { ["app"] = name } },
        },
    };

    /// <summary>Makes a call until its outcome is known: every request may be repeated.</summary>
    public static async Task<T> KnownAsync<T>(Func<AsyncUnaryCall<T>> call)
    {
        while (true)
        {
            try
            {
                return await call();
            }
            catch (RpcException unknown) when (unknown.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
            {
                await Task.Yield();
            }
        }
    }
}
