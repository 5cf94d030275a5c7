using Grpc.Core;
using Orleans.Cn2.Cli.Manifests;
using Orleans.Cn2.Client;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Testing.Calls;

namespace Orleans.Cn2.Cli.Tests.Manifests;

/// <summary>Applies whose answer is lost after they took effect.</summary>
public sealed class ApplierTests
{
    private const string Documents = """
        apiVersion: v1
        kind: Service
        metadata: {name: first}
        spec: {ports: [{port: 81}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: second}
        spec: {ports: [{port: 81}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: third}
        spec: {ports: [{port: 81}]}
        """;

    [Fact]
    public async Task Apply_AnswerOfOneLost_GoesOnWithTheOthers()
    {
        Store store = new("first", "second", "third") { LosesAnswerOf = "second" };
        using Cn2Client client = new(new Endpoint(store, loses: true), new Endpoint(store, loses: false));
        Applier applier = new(client, TextWriter.Null);

        bool applied = await applier.ApplyAsync(
            ManifestReader.Read(Documents, "apply.yaml"), atomic: true, dryRun: false, TestContext.Current.CancellationToken);

        Assert.True(applied, string.Join("; ", applier.Failures.Select(failure => failure.Message)));
        Assert.Equal(3, applier.Fences.Count);
        Assert.All(store.Services.Values, service => Assert.Equal(81, service.Spec.Ports[0].Port));
    }

    [Fact]
    public async Task Apply_ChangedBySomebodyElseMeanwhile_IsRefusedAndUndone()
    {
        Store store = new("first", "second", "third") { LosesAnswerOf = "second", IsChangedAfterwards = true };
        using Cn2Client client = new(new Endpoint(store, loses: true), new Endpoint(store, loses: false));
        Applier applier = new(client, TextWriter.Null);

        Assert.False(await applier.ApplyAsync(
            ManifestReader.Read(Documents, "apply.yaml"), atomic: true, dryRun: false, TestContext.Current.CancellationToken));

        Assert.Equal([80, 90, 80], store.Services.Values.Select(service => service.Spec.Ports[0].Port));
    }

    /// <summary>Services as a server of an earlier release has them, which does not know a request again.</summary>
    private sealed class Store
    {
        private int _version = 1;

        public Store(params string[] names)
        {
            foreach (string name in names)
            {
                Services[name] = new Service { Metadata = new ObjectMeta { Namespace = "default", Name = name, ResourceVersion = "1" }, Spec = Port(80) };
            }
        }

        public SortedDictionary<string, Service> Services { get; } = new(StringComparer.Ordinal);

        public string LosesAnswerOf { get; set; } = "";

        public bool IsChangedAfterwards { get; set; }

        public ApplyServiceResponse Apply(ApplyServiceRequest request, bool loses)
        {
            Service stored = Services[request.Service.Metadata.Name];
            if (request.Service.Metadata.ResourceVersion is { Length: > 0 } version && version != stored.Metadata.ResourceVersion)
            {
                throw new RpcException(new Status(StatusCode.Aborted, "metadata.resourceVersion: it has changed, read it again"));
            }

            bool changes = stored.Spec.Ports[0].Port != request.Service.Spec.Ports[0].Port;
            if (!request.DryRun && changes)
            {
                Put(stored, request.Service.Spec.Ports[0].Port);
                if (loses && stored.Metadata.Name == LosesAnswerOf)
                {
                    if (IsChangedAfterwards)
                    {
                        Put(stored, 90);
                    }

                    throw new RpcException(new Status(StatusCode.Unavailable, "the silo died"));
                }
            }

            return new ApplyServiceResponse { Service = stored.Clone(), Result = changes ? "configured" : "unchanged", Fence = new Fence() };
        }

        private static ServiceSpec Port(int port) => new() { Ports = { new ServicePort { Port = port } } };

        private void Put(Service service, int port)
        {
            service.Spec = Port(port);
            service.Metadata.ResourceVersion = $"{++_version}";
        }
    }

    private sealed class Endpoint(Store store, bool loses) : PartialInvoker
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
        {
            Task<TResponse> response = Task.Run(() => request switch
            {
                GetServiceRequest get => (TResponse)(object)store.Services[get.Name].Clone(),
                ApplyServiceRequest apply => (TResponse)(object)store.Apply(apply, loses),
                _ => throw new NotSupportedException(),
            });
            return new AsyncUnaryCall<TResponse>(response, Task.FromResult(new Grpc.Core.Metadata()), () => Status.DefaultSuccess, () => [], () => { });
        }
    }
}
