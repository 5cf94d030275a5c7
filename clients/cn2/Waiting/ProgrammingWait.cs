using System.Diagnostics;
using Grpc.Core;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Waiting;

/// <summary>What <c>--wait</c> waits for, all of it within one limit.</summary>
/// <param name="client">The control plane.</param>
/// <param name="timeout">The limit, from the making of this object on.</param>
internal sealed class ProgrammingWait(Cn2Client client, TimeSpan timeout)
{
    private const int All = 100;
    private const int MostNames = 20;
    private const int VmisAtOnce = 16;

    // A limit of 0 would mean the server's own.
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(1);
    private readonly long _began = Stopwatch.GetTimestamp();

    private TimeSpan Remaining
    {
        get
        {
            TimeSpan remaining = timeout - Stopwatch.GetElapsedTime(_began);
            return remaining > Least ? remaining : Least;
        }
    }

    /// <summary>Waits until this share of the live vRouters holds all of these fences.</summary>
    /// <param name="fences">Of the changes.</param>
    /// <param name="percent">Share, 1..100.</param>
    /// <param name="cancellation">Ctrl-C.</param>
    /// <exception cref="CommandException">The time passed; names the nodes that lack.</exception>
    public async Task ProgrammedAsync(IEnumerable<Fence> fences, int percent, CancellationToken cancellation)
    {
        foreach (Fence fence in fences)
        {
            ProgrammedResponse answer = await client.WaitProgrammedAsync(fence, Remaining, percent, cancellation).ConfigureAwait(false);
            if (!answer.Programmed)
            {
                string asked = percent == All ? "" : $", {percent} % asked for";
                throw new CommandException(
                    ExitCodes.Unavailable,
                    $"not programmed within {timeout.TotalSeconds} s: {answer.Reached} of {answer.Live} vRouters have it{asked}; lacking: {Names(answer.WaitingFor, answer.Live - answer.Reached)}");
            }
        }
    }

    /// <summary>Waits until no live vRouter has these flows.</summary>
    /// <exception cref="CommandException">The time passed; names the nodes that have some.</exception>
    public async Task FlowsGoneAsync(IReadOnlyCollection<FlowsRequest> which, CancellationToken cancellation)
    {
        if (which.Count > 0 && await client.WaitFlowsGoneAsync(which, Remaining, cancellation).ConfigureAwait(false) is { Count: > 0 } left)
        {
            throw new CommandException(ExitCodes.Unavailable, $"flows are left after {timeout.TotalSeconds} s on {left.Count} nodes: {Names(left.Take(MostNames), left.Count)}");
        }
    }

    /// <summary>Waits until all of these VMIs are what is wanted.</summary>
    /// <param name="vmis">Names and namespaces, with the uid where only that very VMI will do.</param>
    /// <param name="goal">What is wanted.</param>
    /// <param name="cancellation">Ctrl-C.</param>
    /// <exception cref="CommandException">The time passed; names the VMIs and what each lacks.</exception>
    public async Task VmisAsync(IReadOnlyCollection<ObjectMeta> vmis, VmiGoal goal, CancellationToken cancellation)
    {
        List<string> lacking = [];
        foreach (ObjectMeta[] some in vmis.Chunk(VmisAtOnce))
        {
            lacking.AddRange((await Task.WhenAll(some.Select(vmi => LackOfAsync(vmi, goal, cancellation))).ConfigureAwait(false)).OfType<string>());
        }

        if (lacking.Count > 0)
        {
            string told = string.Join("; ", lacking.Take(MostNames)) + (lacking.Count > MostNames ? "; ..." : "");
            throw new CommandException(
                ExitCodes.Unavailable, $"not {goal.Condition.ToLowerInvariant()} within {timeout.TotalSeconds} s: {lacking.Count} of {vmis.Count} VMIs: {told}");
        }
    }

    // What a VMI lacks when the time passed; null when it is as wanted.
    private async Task<string?> LackOfAsync(ObjectMeta vmi, VmiGoal goal, CancellationToken cancellation)
    {
        WaitVmiRequest request = new()
        {
            Namespace = vmi.Namespace,
            Name = vmi.Name,
            Uid = vmi.Uid,
            Condition = goal.Condition,
            Percent = (uint)goal.Percent,
            TimeoutSeconds = Remaining.TotalSeconds,
            SilentSeconds = goal.Silence.TotalSeconds,
        };
        try
        {
            WaitVmiResponse answer = await client.Vmis.WaitAsync(request, cancellationToken: cancellation).ConfigureAwait(false);
            IEnumerable<string> causes = goal.Condition == VmiGoal.Available ? answer.Status.UnavailableBecause : answer.Status.UndrainedBecause;
            return answer.Met ? null : $"{vmi.Namespace}/{vmi.Name}: {string.Join(", ", causes)}";
        }
        catch (RpcException gone) when (goal.MayGo && gone.StatusCode is (StatusCode.NotFound or StatusCode.Aborted))
        {
            return null;
        }
    }

    private static string Names(IEnumerable<string> told, int all)
    {
        string[] names = [.. told];
        return string.Join(", ", names) + (all > names.Length ? $" and {all - names.Length} more" : "");
    }
}
