using System.Collections.Immutable;
using System.Diagnostics;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Lab.Traffic;
using Orleans.Cn2.Lab.Workloads;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Check;

/// <summary>The main job, end to end: Services from manifests, requests over every path, scaling under load, deletion.</summary>
internal sealed class MainJob(ICheckGround ground, CheckPlan plan, StepLog steps, CheckReport report)
{
    private static readonly TimeSpan FirstAnswerLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan SilenceTimeout = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LeftoverLimit = TimeSpan.FromSeconds(10);
    private readonly ChangeTimes _times = new();
    private ImmutableArray<PathFigure> _paths = [];
    private ImmutableArray<PathFigure> _underScaling = [];
    private ImmutableArray<CheckedService> _services = [];
    private ImmutableArray<Target> _targets = [];
    private ServiceReach _reach = new([], []);

    /// <summary>What was measured so far.</summary>
    public CheckFigures Figures => new(_paths, _underScaling, _times, [.. steps.Done]);

    /// <summary>Runs up to the scaling; the Services stay.</summary>
    /// <exception cref="CheckFailure">Something is not as it must be.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        foreach (ManifestDocument skipped in plan.Manifests.Skipped)
        {
            steps.Say(skipped.Skipped);
        }

        await steps.RunAsync($"Bring up {plan.Nodes} nodes, an outside network, the workloads and a client pod on each node", () => ground.UpAsync(cancellation)).ConfigureAwait(false);
        await steps.RunAsync("Create the Services and wait for the first answer", () => CreateAsync(cancellation)).ConfigureAwait(false);
        report.FloatingIps(_services.SelectMany(service => service.FloatingIps));
        await steps.RunAsync(
            $"Send {PathRun.Requests} requests over each of {_targets.Select(target => target.Family).Distinct().Count()} families x {ground.Places.Length} places",
            async () => _paths = await new PathRun(ground).RunAsync(_targets, _reach, cancellation).ConfigureAwait(false)).ConfigureAwait(false);
        report.Paths("What each path took", _paths);
        FailOn(_paths);
        await ScaleAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Deletes the Services and holds that nothing of them answers or is held any more.</summary>
    /// <exception cref="CheckFailure">Something is left.</exception>
    public Task DeleteAsync(CancellationToken cancellation) => steps.RunAsync("Delete the Services: no answers, no leases, no table rows", async () =>
    {
        long began = Stopwatch.GetTimestamp();
        await ground.DeleteServicesAsync(cancellation).ConfigureAwait(false);
        _times.DeletedToProgrammed = Stopwatch.GetElapsedTime(began);
        TrafficReport[] reports = await Task.WhenAll(ground.Places.SelectMany(place => _targets.Select(
            target => ground.SendAsync(place, target, 1, SilenceTimeout, cancellation)))).ConfigureAwait(false);
        if (reports.Sum(answer => answer.Succeeded) is > 0 and int answered)
        {
            throw new CheckFailure($"{answered} of {reports.Length} requests were answered at FloatingIPs of deleted Services");
        }

        ImmutableArray<string> left = await ground.LeftoversAsync(cancellation).ConfigureAwait(false);
        while (!left.IsEmpty)
        {
            if (Stopwatch.GetElapsedTime(began) > LeftoverLimit)
            {
                throw new CheckFailure($"{LeftoverLimit.TotalSeconds} s after deletion there is left: {string.Join("; ", left)}");
            }

            await Task.Delay(10, cancellation).ConfigureAwait(false);
            left = await ground.LeftoversAsync(cancellation).ConfigureAwait(false);
        }
    });

    private async Task CreateAsync(CancellationToken cancellation)
    {
        long began = Stopwatch.GetTimestamp();
        await ground.ApplyServicesAsync(cancellation).ConfigureAwait(false);
        _services = await ground.ServicesAsync(cancellation).ConfigureAwait(false);
        if (FirstTarget() is { } first)
        {
            await FirstAnswerAsync(first, began, cancellation).ConfigureAwait(false);
        }

        await ground.SettleAsync(cancellation).ConfigureAwait(false);
        _services = await ground.ServicesAsync(cancellation).ConfigureAwait(false);
        foreach (CheckedService skipped in _services.Where(service => service.SkipReason is not null))
        {
            steps.Say($"nothing is sent to {skipped.Name}: {skipped.SkipReason}");
        }

        _reach = await ground.ReachAsync(cancellation).ConfigureAwait(false);
        Target[] all = [.. _services.Where(service => service.SkipReason is null).SelectMany(service => service.Targets)];
        foreach (Target target in all)
        {
            string[] none = [.. ground.Places.Where(place => !_reach.From(place, target)).Select(place => place.Label)];
            if (none.Length > 0)
            {
                steps.Say($"nothing is sent to {target} from {(none.Length == ground.Places.Length ? "anywhere" : string.Join(", ", none))}: no endpoint for it there");
            }
        }

        _targets = [.. all.Where(target => ground.Places.Any(place => _reach.From(place, target)))];
        if (_targets.IsEmpty)
        {
            throw new CheckFailure("no Service of the manifests has a FloatingIP and endpoints");
        }
    }

    private Target? FirstTarget() => _services.Where(service => service.SkipReason is null).SelectMany(service => service.Targets).FirstOrDefault();

    // A request that comes before the table does is dropped, and TCP tries again only a second later. So a fresh one begins every few milliseconds, and the
    // first that is answered tells when the path was there.
    private async Task FirstAnswerAsync(Target target, long began, CancellationToken cancellation)
    {
        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        TaskCompletionSource<TimeSpan> answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        List<Task> probes = [];
        string failures = "none was answered yet";
        while (!answered.Task.IsCompleted && Stopwatch.GetElapsedTime(began) < FirstAnswerLimit)
        {
            probes.Add(ProbeAsync());
            await Task.WhenAny(answered.Task, Task.Delay(ProbeInterval, cancellation)).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
        }

        await done.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(probes).ConfigureAwait(false);
        _times.CreatedToFirstAnswer = answered.Task.IsCompletedSuccessfully
            ? await answered.Task.ConfigureAwait(false)
            : throw new CheckFailure($"no answer at {target} from {ground.Places[0].Label} within {FirstAnswerLimit.TotalSeconds} s: {failures}");

        async Task ProbeAsync()
        {
            try
            {
                TrafficReport answer = await ground.SendAsync(ground.Places[0], target, 1, ProbeTimeout, done.Token).ConfigureAwait(false);
                if (answer.Succeeded > 0)
                {
                    answered.TrySetResult(Stopwatch.GetElapsedTime(began));
                }
                else
                {
                    failures = string.Join(", ", answer.Failures.Keys);
                }
            }
            catch (OperationCanceledException) when (done.IsCancellationRequested)
            {
                // Another probe was answered, or the job ends.
            }
        }
    }

    private async Task ScaleAsync(CancellationToken cancellation)
    {
        if (plan.Manifests.Workloads.FirstOrDefault(each => each.Id.Kind == WorkloadKind.Deployment) is not { } workload)
        {
            steps.Say("nothing is scaled: the manifests have no Deployment");
            return;
        }

        ImmutableArray<Target> selecting = [.. _services.Where(service => service.SkipReason is null && Selects(service.Spec, workload)).SelectMany(service => service.Targets)];
        if (selecting.IsEmpty)
        {
            steps.Say($"nothing is scaled: no Service selects {workload.Id}");
            return;
        }

        (int up, int down) = ScaleRun.Sizes(workload.Replicas);
        await steps.RunAsync($"Scale {workload.Id.Name} {workload.Replicas} -> {up} -> {down} under load from every place", async () =>
            _underScaling = await new ScaleRun(ground, _times).RunAsync(workload, selecting, _reach, cancellation).ConfigureAwait(false)).ConfigureAwait(false);
        report.Paths("Under scaling", _underScaling);
        FailOn(_underScaling);
    }

    private static bool Selects(ServiceSpec spec, WorkloadSpec workload) => spec.Selector.Count > 0
        && spec.Selector.All(label => workload.Template.Labels.TryGetValue(label.Key, out string? value) && value == label.Value);

    private static void FailOn(ImmutableArray<PathFigure> figures)
    {
        string[] failures = [.. PathRun.Failures(figures)];
        if (failures.Length > 0)
        {
            throw new CheckFailure(failures.Length <= 3 ? string.Join("; ", failures) : $"{string.Join("; ", failures.Take(3))}; and {failures.Length - 3} paths more");
        }
    }
}
