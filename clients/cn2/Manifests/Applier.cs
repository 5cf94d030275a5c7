using Grpc.Core;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Client;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Manifests;

/// <summary>Applies the Services of a manifest set to the control plane.</summary>
internal sealed class Applier(Cn2Client client, TextWriter output)
{
    private readonly List<Exception> _failures = [];

    /// <summary>Fences of what was applied, for waiting.</summary>
    public List<Fence> Fences { get; } = [];

    /// <summary>What failed, each naming its document.</summary>
    public IReadOnlyList<Exception> Failures => _failures;

    /// <summary>
    /// Applies every Service, each on its own; with <paramref name="atomic"/> all of them are checked by a dry run first and nothing is applied where one fails,
    /// and what was applied before a later failure is undone.
    /// </summary>
    /// <returns>True when all were applied.</returns>
    public async Task<bool> ApplyAsync(IEnumerable<ManifestDocument> documents, bool atomic, bool dryRun, CancellationToken cancellation)
    {
        List<(ManifestDocument Document, Service Service)> services = Read(documents);
        if (atomic && _failures.Count > 0)
        {
            return false;
        }

        if (atomic && !dryRun)
        {
            foreach ((ManifestDocument document, Service service) in services)
            {
                await ApplyAsync(document, service, dryRun: true, quiet: true, cancellation).ConfigureAwait(false);
            }

            if (_failures.Count > 0)
            {
                return false;
            }
        }

        List<Service> created = [];
        foreach ((ManifestDocument document, Service service) in services)
        {
            ApplyServiceResponse? answer = await ApplyAsync(document, service, dryRun, quiet: false, cancellation).ConfigureAwait(false);
            if (answer is { Result: "created" } && !dryRun)
            {
                created.Add(answer.Service);
            }

            if (answer is null && atomic)
            {
                await UndoAsync(created, cancellation).ConfigureAwait(false);
                return false;
            }
        }

        return _failures.Count == 0;
    }

    private List<(ManifestDocument, Service)> Read(IEnumerable<ManifestDocument> documents)
    {
        List<(ManifestDocument, Service)> services = [];
        foreach (ManifestDocument document in documents.Where(document => document.Kind == "Service"))
        {
            try
            {
                services.Add((document, ServiceDocument.Read(document)));
            }
            catch (ManifestException malformed)
            {
                _failures.Add(malformed);
            }
        }

        return services;
    }

    private async Task<ApplyServiceResponse?> ApplyAsync(
        ManifestDocument document, Service service, bool dryRun, bool quiet, CancellationToken cancellation)
    {
        try
        {
            ApplyServiceRequest request = new() { Service = service, DryRun = dryRun };
            ApplyServiceResponse answer = await client.Services.ApplyAsync(request, cancellationToken: cancellation).ConfigureAwait(false);
            if (answer.Fence is { } fence && !dryRun)
            {
                Fences.Add(fence);
            }

            if (!quiet)
            {
                await output.WriteLineAsync($"service/{document.Name} {answer.Result}{(dryRun ? " (dry run)" : "")}").ConfigureAwait(false);
            }

            return answer;
        }
        catch (RpcException refused) when (refused.StatusCode is not (StatusCode.Cancelled or StatusCode.Unavailable))
        {
            _failures.Add(new CommandException(ErrorReport.CodeOf(refused), $"{document}: {string.Join("; ", ErrorReport.Lines(refused))}"));
            return null;
        }
    }

    private async Task UndoAsync(IEnumerable<Service> created, CancellationToken cancellation)
    {
        foreach (Service service in created)
        {
            DeleteServiceRequest request = new() { Namespace = service.Metadata.Namespace, Name = service.Metadata.Name, Uid = service.Metadata.Uid };
            await client.Services.DeleteAsync(request, cancellationToken: cancellation).ConfigureAwait(false);
            await output.WriteLineAsync($"service/{service.Metadata.Name} undone").ConfigureAwait(false);
        }
    }
}
