using Grpc.Net.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Client;

/// <summary>
/// A connection to the control plane: the generated clients of <c>cn2.v1</c> over one channel, and what every caller would otherwise write again.
/// Thread-safe; keep one for the life of a program.
/// </summary>
public sealed class Cn2Client : IDisposable
{
    private readonly GrpcChannel _channel;

    /// <summary>Connects lazily: the first call opens the channel.</summary>
    public Cn2Client(Cn2Endpoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        _channel = endpoint.Open();
        Services = new(_channel);
        Vmis = new(_channel);
        Subnets = new(_channel);
        Nodes = new(_channel);
        Diagnostics = new(_channel);
    }

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

    /// <summary>Connects to <c>http://HOST:PORT</c>, <c>https://HOST:PORT</c> or <c>unix:/PATH</c>.</summary>
    /// <exception cref="FormatException">The text has none of these forms.</exception>
    public static Cn2Client Connect(string endpoint) => new(Cn2Endpoint.Parse(endpoint));

    /// <summary>Waits until every live vRouter holds what the fence stands for.</summary>
    /// <returns>The last answer: not programmed when the time ran out, with the nodes that are waited for.</returns>
    public async Task<ProgrammedResponse> WaitProgrammedAsync(Fence fence, TimeSpan timeout, CancellationToken cancellation = default)
    {
        ProgrammedRequest request = new() { Fence = fence, Percent = 100, TimeoutSeconds = timeout.TotalSeconds };
        return await Diagnostics.ProgrammedAsync(request, cancellationToken: cancellation).ConfigureAwait(false);
    }

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

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();
}
