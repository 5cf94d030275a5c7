using Grpc.Core;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Silo.Tests.Security;

/// <summary>Requests that tests make to see who may make them.</summary>
internal static class Calls
{
    public static async Task<Service> ApplyAsync(Cn2Client client, string ns, string name)
    {
        Service service = new()
        {
            Metadata = new ObjectMeta { Namespace = ns, Name = name },
            Spec = new ServiceSpec { Selector = { ["app"] = name }, Ports = { new ServicePort { Port = 80 } } },
        };
        return (await KnownAsync(() => client.Services.ApplyAsync(new ApplyServiceRequest { Service = service }, Within()))).Service;
    }

    public static Task<Node> RegisterNodeAsync(Cn2Client client, string name) => KnownAsync(() => client.Nodes.RegisterAsync(
        new RegisterNodeRequest { Node = new Node { Metadata = new ObjectMeta { Name = name }, Addresses = { $"192.0.2.{100 + (name[^1] % 100)}" } } }, Within()));

    public static async Task<int> CountAsync(Cn2Client client, string ns) =>
        (await client.Services.ListAsync(new ListServicesRequest { Options = new ListOptions { Namespace = ns } }, Within())).Services.Count;

    /// <summary>Makes a request until its outcome is known, as the API says that one may.</summary>
    public static async Task<T> KnownAsync<T>(Func<AsyncUnaryCall<T>> call)
    {
        while (true)
        {
            try
            {
                return await call();
            }
            catch (RpcException unknown) when (unknown.StatusCode == StatusCode.Unavailable)
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>The status that a call is refused with.</summary>
    public static async Task<Status> RefusedAsync(Func<Task> call) => (await Assert.ThrowsAsync<RpcException>(call)).Status;

    public static CallOptions Within() => new(deadline: DateTime.UtcNow.AddSeconds(60), cancellationToken: TestContext.Current.CancellationToken);
}
