using Grpc.Core;
using Orleans.Cn2.Client;
using Orleans.Cn2.Lab;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.LabGlue;

/// <summary>Makes the lab's pods VMIs of the control plane, as a controller does with the pods of a Kubernetes cluster.</summary>
internal sealed class VmiRegistrar(Cn2Client client, TextWriter steps) : ILabObserver
{
    private readonly List<Fence> _fences = [];

    /// <summary>Fences of the changes so far; clears them.</summary>
    public IReadOnlyList<Fence> TakeFences()
    {
        Fence[] taken = [.. _fences];
        _fences.Clear();
        return taken;
    }

    /// <inheritdoc/>
    public async ValueTask OnPodAsync(LabPod pod, LabPodEvent change, CancellationToken cancellationToken)
    {
        switch (change)
        {
            case LabPodEvent.Created:
                _fences.Add((await client.Vmis.RegisterAsync(new RegisterVmiRequest { Vmi = ToVmi(pod) }, cancellationToken: cancellationToken)).Fence);
                break;
            case LabPodEvent.ReadinessChanged:
            case LabPodEvent.Terminating:
                await UpdateAsync(pod, serving: pod.Ready, cancellationToken).ConfigureAwait(false);
                break;
            case LabPodEvent.Removed:
                await DeregisterAsync(pod, cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    /// <inheritdoc/>
    public void OnStep(string step) => steps.WriteLine($"  {step}");

    /// <summary>Tells that terminating pods no longer serve: from then on not even datagrams of flows that they had go to them.</summary>
    public async Task StopServingAsync(IEnumerable<LabPod> pods, CancellationToken cancellation)
    {
        foreach (LabPod pod in pods)
        {
            await UpdateAsync(pod with { Terminating = true }, serving: false, cancellation).ConfigureAwait(false);
        }
    }

    private async Task UpdateAsync(LabPod pod, bool serving, CancellationToken cancellation)
    {
        UpdateVmiRequest update = new()
        {
            Namespace = pod.Namespace,
            Name = pod.Name,
            Uid = pod.Uid,
            Ready = serving && !pod.Terminating,
            Serving = serving,
            Terminating = pod.Terminating,
        };
        _fences.Add((await client.Vmis.UpdateAsync(update, cancellationToken: cancellation)).Fence);
    }

    private async Task DeregisterAsync(LabPod pod, CancellationToken cancellation)
    {
        DeregisterVmiRequest request = new() { Namespace = pod.Namespace, Name = pod.Name, Uid = pod.Uid };
        try
        {
            _fences.Add((await client.Vmis.DeregisterAsync(request, cancellationToken: cancellation)).Fence);
        }
        catch (RpcException gone) when (gone.StatusCode == StatusCode.NotFound)
        {
            // Removing is repeatable: an earlier attempt got this far.
            steps.WriteLine($"  VMI {pod.Id} was deregistered before");
        }
    }

    private static Vmi ToVmi(LabPod pod)
    {
        Vmi vmi = new()
        {
            Metadata = new ObjectMeta { Namespace = pod.Namespace, Name = pod.Name, Uid = pod.Uid },
            Node = pod.Node,
            Ready = pod.Ready,
            Serving = pod.Ready,
        };
        vmi.Metadata.Labels.Add(pod.Labels);
        vmi.Addresses.AddRange([pod.V4.ToString(), pod.V6.ToString()]);
        vmi.Ports.AddRange(pod.Ports.Select(port => new Protocol.V1.NamedPort
        {
            Name = port.Name ?? "",
            Protocol = port.Protocol.ToString().ToUpperInvariant(),
            Port = port.Port,
        }));
        return vmi;
    }
}
