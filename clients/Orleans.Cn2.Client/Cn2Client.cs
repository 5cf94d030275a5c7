using Grpc.Core;
using Grpc.Net.Client;
using Orleans.Cn2.Client.Failover;
using Orleans.Cn2.Client.Waiting;
using Orleans.Cn2.Client.Watching;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Transport;

namespace Orleans.Cn2.Client;

/// <summary>
/// A connection to the control plane: the generated clients of <c>cn2.v1</c>, and what every caller would otherwise write again. Over several endpoints,
/// silos or gateways of one cluster, it stays with the one that serves and goes on to the next when that fails. Thread-safe; keep one for the life of a
/// program.
/// </summary>
public sealed class Cn2Client : IDisposable
{
    private static readonly TimeSpan Ping = TimeSpan.FromSeconds(10);

    // Where there is another endpoint to go to, a silent one is left sooner.
    private static readonly TimeSpan PingOfSeveral = TimeSpan.FromSeconds(3);
    private readonly GrpcChannel[] _channels;

    /// <summary>Connects lazily: the first call opens a channel.</summary>
    /// <param name="endpoints">Where silos or gateways of one cluster listen; at least one.</param>
    /// <param name="credentials">Who connects and whom to trust.</param>
    /// <exception cref="InvalidOperationException">A token would be sent in the clear.</exception>
    public Cn2Client(IReadOnlyList<Cn2Endpoint> endpoints, Cn2Credentials credentials)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentOutOfRangeException.ThrowIfZero(endpoints.Count);
        _channels = [.. endpoints.Select(endpoint => endpoint.Open(credentials, endpoints.Count == 1 ? Ping : PingOfSeveral))];
        Invoker = new FailoverInvoker([.. _channels.Select(channel => channel.CreateCallInvoker())]);
        Services = new(Invoker);
        Vmis = new(Invoker);
        Subnets = new(Invoker);
        Nodes = new(Invoker);
        Diagnostics = new(Invoker);
    }

    /// <summary>A client of endpoints that are reached in another way.</summary>
    internal Cn2Client(params IReadOnlyList<CallInvoker> endpoints)
    {
        _channels = [];
        Invoker = new FailoverInvoker(endpoints);
        Services = new(Invoker);
        Vmis = new(Invoker);
        Subnets = new(Invoker);
        Nodes = new(Invoker);
        Diagnostics = new(Invoker);
    }

    /// <summary>For calls by method name, and for the server's other services: reflection, health.</summary>
    public CallInvoker Invoker { get; }

    /// <summary>Services and their FloatingIPs.</summary>
    public Services.ServicesClient Services { get; }

    /// <summary>Virtual machine interfaces.</summary>
    public Vmis.VmisClient Vmis { get; }

    /// <summary>Service subnets and their leases.</summary>
    public Subnets.SubnetsClient Subnets { get; }

    /// <summary>Nodes and their vRouters.</summary>
    public Nodes.NodesClient Nodes { get; }

    /// <summary>Explain, flows, drops, tables, programming state.</summary>
    public Diagnostics.DiagnosticsClient Diagnostics { get; }

    /// <summary>Connects to <c>http://HOST:PORT</c>, <c>https://HOST:PORT</c> or <c>unix:/PATH</c>, or to several of these with commas between.</summary>
    /// <param name="endpoints">Where silos or gateways of one cluster listen.</param>
    /// <param name="credentials">Who connects and whom to trust; null for what the environment names (CN2_TLS_CA, CN2_TLS_CERT, ...).</param>
    /// <exception cref="FormatException">The text has none of these forms.</exception>
    public static Cn2Client Connect(string endpoints, Cn2Credentials? credentials = null) =>
        new(Cn2Endpoint.ParseAll(endpoints), credentials ?? Cn2Credentials.FromEnvironment());

    /// <summary>Waits until every live vRouter holds what the fence stands for.</summary>
    /// <returns>The last answer: not programmed when the time ran out, with the nodes that are waited for.</returns>
    public Task<ProgrammedResponse> WaitProgrammedAsync(Fence fence, TimeSpan timeout, CancellationToken cancellation = default) =>
        WaitProgrammedAsync(fence, timeout, 100, cancellation);

    /// <summary>Waits until this share of the live vRouters holds what the fence stands for.</summary>
    /// <param name="fence">Answer of a change.</param>
    /// <param name="timeout">How long, above 0 and at most 10 min.</param>
    /// <param name="percent">Share of the live vRouters, 1..100.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The last answer: not programmed when the time ran out, with the nodes that are waited for.</returns>
    public async Task<ProgrammedResponse> WaitProgrammedAsync(Fence fence, TimeSpan timeout, int percent, CancellationToken cancellation = default)
    {
        ProgrammedRequest request = new() { Fence = fence, Percent = (uint)percent, TimeoutSeconds = timeout.TotalSeconds };
        return await Diagnostics.ProgrammedAsync(request, cancellationToken: cancellation).ConfigureAwait(false);
    }

    /// <summary>Waits until no live vRouter has flows of an object that was deleted.</summary>
    /// <param name="which">Its addresses, as FloatingIPs or VMIs; nodes and limits in there are not looked at.</param>
    /// <param name="timeout">How long.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Nodes that have, or may have, flows still when the time ran out; none when all are gone.</returns>
    public Task<IReadOnlyList<string>> WaitFlowsGoneAsync(IReadOnlyCollection<FlowsRequest> which, TimeSpan timeout, CancellationToken cancellation = default) =>
        FlowWait.GoneAsync(this, which, timeout, cancellation);

    /// <summary>All services that match, page by page.</summary>
    public async IAsyncEnumerable<Service> ListServicesAsync(
        string ns = "", string labelSelector = "", [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ListServicesRequest request = new() { Options = new ListOptions { Namespace = ns, LabelSelector = labelSelector } };
        do
        {
            ListServicesResponse page = await Services.ListAsync(request, cancellationToken: cancellation).ConfigureAwait(false);
            foreach (Service service in page.Services)
            {
                yield return service;
            }

            request.Options.PageToken = page.NextPageToken;
        }
        while (request.Options.PageToken.Length > 0);
    }

    /// <summary>All VMIs that match, page by page.</summary>
    public async IAsyncEnumerable<Vmi> ListVmisAsync(
        string ns = "", string labelSelector = "", string node = "",
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ListVmisRequest request = new() { Node = node, Options = new ListOptions { Namespace = ns, LabelSelector = labelSelector } };
        do
        {
            ListVmisResponse page = await Vmis.ListAsync(request, cancellationToken: cancellation).ConfigureAwait(false);
            foreach (Vmi vmi in page.Vmis)
            {
                yield return vmi;
            }

            request.Options.PageToken = page.NextPageToken;
        }
        while (request.Options.PageToken.Length > 0);
    }

    /// <summary>Services as they change, until cancelled: what there is as ADDED, a BOOKMARK, then changes. Goes on by itself when the stream breaks.</summary>
    public IAsyncEnumerable<ServiceEvent> WatchServicesAsync(string ns = "", string labelSelector = "", CancellationToken cancellation = default)
    {
        ListOptions options = new() { Namespace = ns, LabelSelector = labelSelector };
        return ResumingWatch.RunAsync(
            known => Services.Watch(new WatchServicesRequest { Options = options, Known = { known } }, cancellationToken: cancellation),
            told => (told.Type, told.Service?.Metadata, told.ResourceVersion), cancellation);
    }

    /// <summary>VMIs as they change; as <see cref="WatchServicesAsync"/>.</summary>
    public IAsyncEnumerable<VmiEvent> WatchVmisAsync(string ns = "", string labelSelector = "", CancellationToken cancellation = default)
    {
        ListOptions options = new() { Namespace = ns, LabelSelector = labelSelector };
        return ResumingWatch.RunAsync(
            known => Vmis.Watch(new WatchVmisRequest { Options = options, Known = { known } }, cancellationToken: cancellation),
            told => (told.Type, told.Vmi?.Metadata, told.ResourceVersion), cancellation);
    }

    /// <summary>Subnets as they change; as <see cref="WatchServicesAsync"/>.</summary>
    public IAsyncEnumerable<SubnetEvent> WatchSubnetsAsync(CancellationToken cancellation = default) => ResumingWatch.RunAsync(
        known => Subnets.Watch(new WatchSubnetsRequest { Known = { known } }, cancellationToken: cancellation),
        told => (told.Type, told.Subnet?.Metadata, told.ResourceVersion), cancellation);

    /// <summary>Nodes as they change; as <see cref="WatchServicesAsync"/>.</summary>
    public IAsyncEnumerable<NodeEvent> WatchNodesAsync(CancellationToken cancellation = default) => ResumingWatch.RunAsync(
        known => Nodes.Watch(new WatchNodesRequest { Known = { known } }, cancellationToken: cancellation),
        told => (told.Type, told.Node?.Metadata, told.ResourceVersion), cancellation);

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_channels, channel => channel.Dispose());
}
