using System.Net;
using Orleans.Cn2.Lab.Namespaces;
using Orleans.Cn2.Lab.Traffic;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Lab.Pods;

/// <summary>Does what a kubelet's httpGet or tcpSocket probe does, from inside the pod's network namespace.</summary>
internal static class ReadinessCheck
{
    /// <summary>Null when the probe passed, else why not.</summary>
    public static async Task<string?> FailureAsync(LabPod pod, ReadinessProbe probe, CancellationToken cancellationToken)
    {
        using NetworkNamespace ns = NetworkNamespace.Open(pod.NetworkNamespace);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(probe.TimeoutSeconds));
        IPEndPoint at = new(pod.V4.ToIPAddress(), probe.Port);
        try
        {
            await using HttpConnection connection = await HttpConnection.OpenAsync(ns, at, null, limit.Token);
            if (probe.HttpPath is null)
            {
                return null;
            }

            HttpAnswer answer = await connection.GetAsync(probe.HttpPath, keepAlive: false, limit.Token);
            return answer.Status is >= 200 and < 400 ? null : $"HTTP status {answer.Status} of {at}{probe.HttpPath}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"no answer of {at} within {probe.TimeoutSeconds} s";
        }
        catch (TrafficException e)
        {
            return $"{at}: {e.Message}";
        }
    }
}
