using System.Text.Json;
using Orleans.Cn2.Cli.Output;
using Orleans.Cn2.Lab;
using Orleans.Cn2.Lab.Workers;

namespace Orleans.Cn2.Cli.Commands.Lab;

/// <summary>Prints what <c>cn2 lab status</c> tells.</summary>
internal static class LabStatus
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Two tables, or one object with <c>nodes</c> and <c>pods</c>.</summary>
    public static void Print(LabCluster lab, OutputFormat format, TextWriter output)
    {
        Dictionary<string, WorkerStatus> workers = lab.Workers.Status().ToDictionary(worker => worker.Node);
        if (format is OutputFormat.Json or OutputFormat.Yaml)
        {
            string json = Json(lab, workers);
            output.Write(format == OutputFormat.Json ? json + "\n" : YamlText.Of(json));
            return;
        }

        Printer.Table(
            lab.Nodes,
            [
                new("NODE", node => node.Name),
                new("NAMESPACE", node => node.NetworkNamespace),
                new("ADDRESSES", node => $"{node.V4},{node.V6}"),
                new("WORKER", node => workers.TryGetValue(node.Name, out WorkerStatus? worker) ? (worker.Running ? $"pid {worker.Pid}" : "dead") : ""),
                new("LOG", node => workers.TryGetValue(node.Name, out WorkerStatus? worker) ? worker.LogFile : "", WideOnly: true),
            ],
            format == OutputFormat.Wide,
            output);
        output.WriteLine();
        Printer.Table(
            lab.Pods(),
            [
                new("POD", pod => pod.Id.ToString()),
                new("NODE", pod => pod.Node),
                new("ADDRESSES", pod => $"{pod.V4},{pod.V6}"),
                new("STATE", StateOf),
                new("NAMESPACE", pod => pod.NetworkNamespace, WideOnly: true),
            ],
            format == OutputFormat.Wide,
            output);
    }

    private static string StateOf(LabPod pod) => pod.Terminating ? "Terminating" : pod.Ready ? "Ready" : $"NotReady: {pod.NotReadyReason}";

    private static string Json(LabCluster lab, Dictionary<string, WorkerStatus> workers) => JsonSerializer.Serialize(
        new
        {
            name = lab.Options.Name,
            nodes = lab.Nodes.Select(node => new
            {
                name = node.Name,
                networkNamespace = node.NetworkNamespace,
                addresses = new[] { node.V4.ToString(), node.V6.ToString() },
                worker = workers.TryGetValue(node.Name, out WorkerStatus? worker) ? new { pid = worker.Pid, running = worker.Running, log = worker.LogFile } : null,
            }),
            pods = lab.Pods().Select(pod => new
            {
                @namespace = pod.Namespace,
                name = pod.Name,
                uid = pod.Uid,
                node = pod.Node,
                networkNamespace = pod.NetworkNamespace,
                addresses = new[] { pod.V4.ToString(), pod.V6.ToString() },
                ready = pod.Ready,
                terminating = pod.Terminating,
                notReadyReason = pod.NotReadyReason,
            }),
        },
        Indented);
}
