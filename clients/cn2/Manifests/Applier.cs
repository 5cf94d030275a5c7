using Grpc.Core;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Client;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Manifests;

/// <summary>Applies the Services of a manifest set to the control plane.</summary>
/// <param name="client">The control plane.</param>
/// <param name="output">Where each result is told.</param>
/// <param name="malformed">What is wrong with documents beside these Services; counts like a Service that is refused.</param>
internal sealed class Applier(Cn2Client client, TextWriter output, params IEnumerable<ManifestException> malformed)
{
    private readonly List<Exception> _failures = [.. malformed];
    private bool _cutOff;

    /// <summary>Fences of what was applied, for waiting.</summary>
    public List<Fence> Fences { get; } = [];

    /// <summary>What failed, each naming its document.</summary>
    public IReadOnlyList<Exception> Failures => _failures;

    /// <summary>
    /// Applies every Service, each on its own; with <paramref name="atomic"/> all of them are checked by a dry run first and nothing is applied where one fails,
    /// and what was applied before a later failure is undone: created Services are deleted, changed ones get their former specification.
    /// </summary>
    /// <returns>True when all were applied.</returns>
    public async Task<bool> ApplyAsync(IEnumerable<ManifestDocument> documents, bool atomic, bool dryRun, CancellationToken cancellation)
    {
        List<(ManifestDocument Document, Service Service)> services = Read(documents);
        if (atomic && (_failures.Count > 0 || !await CheckAsync(services, cancellation).ConfigureAwait(false)))
        {
            return false;
        }

        List<Service?> formers = [];
        foreach ((_, Service service) in atomic ? services : [])
        {
            formers.Add(await FindAsync(service, cancellation).ConfigureAwait(false));
        }

        List<(ManifestDocument Document, Service? Former, Service Now)> done = [];
        foreach ((int index, (ManifestDocument document, Service service)) in services.Index())
        {
            Service? former = atomic ? formers[index] : null;
            if (former is not null && service.Metadata.ResourceVersion.Length == 0)
            {
                // What somebody else changes meanwhile would be lost by undoing.
                service.Metadata.ResourceVersion = former.Metadata.ResourceVersion;
            }

            ApplyServiceResponse? answer = await ApplyAsync(document, service, dryRun, quiet: false, cancellation).ConfigureAwait(false);
            if (answer is not null)
            {
                done.Add((document, former, answer.Service));
            }
            else if (atomic && !dryRun)
            {
                await UndoAsync(done, cancellation).ConfigureAwait(false);
                return false;
            }

            if (_cutOff)
            {
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
                services.Add((document, ServiceMessage.Of(ServiceDocument.Read(document))));
            }
            catch (ManifestException malformed)
            {
                _failures.Add(malformed);
            }
        }

        return services;
    }

    private async Task<bool> CheckAsync(IEnumerable<(ManifestDocument Document, Service Service)> services, CancellationToken cancellation)
    {
        foreach ((ManifestDocument document, Service service) in services)
        {
            await ApplyAsync(document, service, dryRun: true, quiet: true, cancellation).ConfigureAwait(false);
            if (_cutOff)
            {
                break;
            }
        }

        return _failures.Count == 0;
    }

    private async Task<ApplyServiceResponse?> ApplyAsync(
        ManifestDocument document, Service service, bool dryRun, bool quiet, CancellationToken cancellation)
    {
        try
        {
            ApplyServiceResponse answer = await ApplyAsync(service, dryRun, cancellation).ConfigureAwait(false);
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
        catch (RpcException refused) when (refused.StatusCode != StatusCode.Cancelled)
        {
            Failed(document, refused);
            return null;
        }
    }

    private async Task<ApplyServiceResponse> ApplyAsync(Service service, bool dryRun, CancellationToken cancellation)
    {
        ApplyServiceRequest request = new() { Service = service, DryRun = dryRun };
        try
        {
            return await client.Services.ApplyAsync(request, cancellationToken: cancellation).ConfigureAwait(false);
        }
        catch (RpcException unknown) when (!dryRun && UnknownOutcome.Is(unknown))
        {
            if (await AppliedAsync(service, cancellation).ConfigureAwait(false) is { } applied)
            {
                return applied;
            }

            throw;
        }
    }

    /// <summary>The answer about a Service that stands as it was asked for; null where it does not, or nothing can be learned.</summary>
    private async Task<ApplyServiceResponse?> AppliedAsync(Service service, CancellationToken cancellation)
    {
        Service asked = service.Clone();
        asked.Metadata.ResourceVersion = "";
        try
        {
            ApplyServiceResponse compared = await client.Services.ApplyAsync(new ApplyServiceRequest { Service = asked, DryRun = true }, cancellationToken: cancellation)
                .ConfigureAwait(false);
            if (compared.Result != "unchanged")
            {
                return null;
            }

            // Changes nothing, and answers with the fence.
            asked.Metadata.ResourceVersion = compared.Service.Metadata.ResourceVersion;
            return await client.Services.ApplyAsync(new ApplyServiceRequest { Service = asked }, cancellationToken: cancellation).ConfigureAwait(false);
        }
        catch (RpcException unread) when (unread.StatusCode != StatusCode.Cancelled)
        {
            return null;
        }
    }

    private async Task<Service?> FindAsync(Service service, CancellationToken cancellation)
    {
        try
        {
            GetServiceRequest request = new() { Namespace = service.Metadata.Namespace, Name = service.Metadata.Name };
            return await client.Services.GetAsync(request, cancellationToken: cancellation).ConfigureAwait(false);
        }
        catch (RpcException missing) when (missing.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
    }

    // The newest first: an address that a later one took over from an earlier one is free again when the earlier one wants it back.
    private async Task UndoAsync(IReadOnlyList<(ManifestDocument Document, Service? Former, Service Now)> done, CancellationToken cancellation)
    {
        foreach ((ManifestDocument document, Service? former, Service now) in done.Reverse())
        {
            try
            {
                await UndoAsync(former, now, cancellation).ConfigureAwait(false);
                await output.WriteLineAsync($"service/{now.Metadata.Name} undone").ConfigureAwait(false);
            }
            catch (RpcException refused) when (refused.StatusCode != StatusCode.Cancelled)
            {
                Failed(document, refused, "could not be undone: ");
            }
        }
    }

    private async Task UndoAsync(Service? former, Service now, CancellationToken cancellation)
    {
        if (former is null)
        {
            DeleteServiceRequest request = new() { Namespace = now.Metadata.Namespace, Name = now.Metadata.Name, Uid = now.Metadata.Uid };
            await client.Services.DeleteAsync(request, cancellationToken: cancellation).ConfigureAwait(false);
            return;
        }

        // What somebody else changed since is not undone.
        former.Metadata.ResourceVersion = now.Metadata.ResourceVersion;
        await client.Services.ApplyAsync(new ApplyServiceRequest { Service = former }, cancellationToken: cancellation).ConfigureAwait(false);
    }

    // Where the control plane is out of reach each further document would wait in vain.
    private void Failed(ManifestDocument document, RpcException refused, string what = "")
    {
        _cutOff |= ErrorReport.CodeOf(refused) == ExitCodes.Unavailable;
        _failures.Add(new CommandException(ErrorReport.CodeOf(refused), $"{document}: {what}{string.Join("; ", ErrorReport.Lines(refused))}"));
    }
}
