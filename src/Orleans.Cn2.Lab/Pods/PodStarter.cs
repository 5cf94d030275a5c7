using System.Collections.Immutable;
using System.Diagnostics;
using Orleans.Cn2.Lab.Processes;
using Orleans.Cn2.Lab.Requirements;
using Orleans.Cn2.Lab.State;
using Orleans.Cn2.Lab.Topology;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Lab.Pods;

/// <summary>Makes the links, files and processes of pods, and takes them away.</summary>
internal sealed class PodStarter(LabPlan plan)
{
    private const int Term = 15;
    private const int Hangup = 1;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(15);

    public string DirectoryOf(LabPod pod) => Path.Combine(plan.Directory, "pods", pod.Uid);

    /// <summary>Links of all pods: one process for namespaces and veth pairs, then one per pod and node.</summary>
    public async Task LinkAsync(ImmutableArray<LabPod> pods, CancellationToken cancellationToken)
    {
        (LabPod Pod, PodLink Link)[] links = [.. pods.Where(p => !p.HostNetwork).Select(p => (p, LinkOf(p)))];
        await IpCommand.RunAsync(null, [.. links.SelectMany(l => l.Link.Links())], cancellationToken);
        foreach ((LabPod pod, _) in links)
        {
            NamespaceSettings.Apply(pod.NetworkNamespace, router: false);
        }

        await Task.WhenAll(links.GroupBy(l => l.Link.NodeNamespace).Select(node => IpCommand.RunAsync(
            node.Key, [.. node.SelectMany(l => l.Link.InNode())], cancellationToken)));
        await Task.WhenAll(links.Select(l => IpCommand.RunAsync(l.Pod.NetworkNamespace, l.Link.InPod(), cancellationToken)));
    }

    /// <summary>Starts the containers, all or none; the caller records them at once.</summary>
    public async Task<ImmutableArray<ContainerRecord>> StartAsync(
        PodRecord record, ImmutableArray<ConfigMapSpec> configMaps, ImmutableArray<ServiceTargets> targets)
    {
        string directory = DirectoryOf(record.Pod);
        Directory.CreateDirectory(directory);
        WriteEchoPorts(record, targets);
        PodFiles.WriteVolumes(directory, record.Pod, record.Template, configMaps);
        var containers = ImmutableArray.CreateBuilder<ContainerRecord>();
        try
        {
            foreach (ContainerSpec container in record.Template.Containers)
            {
                string script = Path.Combine(directory, container.Name + ".sh");
                File.WriteAllText(script, ContainerScript.IsNginx(container.Image)
                    ? ContainerScript.Nginx(record.Pod, container, directory)
                    : ContainerScript.Echo(record.Pod, EchoPath(), PortsFile(record.Pod, container.Name), ReadyFile(record.Pod, container.Name)));
                containers.Add(new(container.Name, Launcher.StartContained(
                    record.Pod.NetworkNamespace, LogFile(record.Pod, container.Name), ImmutableDictionary<string, string>.Empty, script)));
            }
        }
        catch
        {
            await Task.WhenAll(containers.Select(c => c.Process.KillAsync(CancellationToken.None)));
            throw;
        }

        return containers.ToImmutable();
    }

    /// <summary>Has the echo servers of a running pod listen on what Services ask of it now; false when they do already.</summary>
    public bool Relisten(PodRecord record, ImmutableArray<ServiceTargets> targets)
    {
        ImmutableArray<string> changed = WriteEchoPorts(record, targets);
        foreach (ContainerRecord container in record.Containers.Where(c => changed.Contains(c.Name) && c.Process.IsRunning))
        {
            foreach (int child in ProcessHandle.Children(container.Process.Pid))
            {
                ProcessHandle.Of(child)?.Signal(Hangup);
            }
        }

        return !changed.IsEmpty;
    }

    /// <summary>Waits until the pod is ready, or says why it isn't within the limit.</summary>
    public async Task<LabPod> AwaitReadyAsync(PodRecord record, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        while (true)
        {
            string? reason = await NotReadyAsync(record, cancellationToken);
            bool ended = record.Containers.Any(c => !c.Process.IsRunning);
            if (reason is null || ended || Stopwatch.GetElapsedTime(begin) > StartLimit)
            {
                return record.Pod with { Ready = reason is null, NotReadyReason = reason };
            }

            await Task.Delay(10, cancellationToken);
        }
    }

    /// <summary>Null when ready: all containers run and have bound their ports, and the probes pass.</summary>
    public async Task<string?> NotReadyAsync(PodRecord record, CancellationToken cancellationToken)
    {
        foreach (ContainerSpec container in record.Template.Containers)
        {
            ContainerRecord? running = record.Containers.FirstOrDefault(c => c.Name == container.Name);
            if (running is null || !running.Process.IsRunning)
            {
                return $"container {container.Name} doesn't run: {Tail(LogFile(record.Pod, container.Name))}";
            }

            if (!Started(record.Pod, container, running))
            {
                return $"container {container.Name} hasn't bound its ports: {Tail(LogFile(record.Pod, container.Name))}";
            }

            if (container.Readiness is { } probe
                && await ReadinessCheck.FailureAsync(record.Pod, probe, cancellationToken) is { } failure)
            {
                return $"readiness probe of container {container.Name} failed: {failure}";
            }
        }

        return null;
    }

    public async Task RemoveAsync(PodRecord record, TimeSpan grace, CancellationToken cancellationToken)
    {
        await Task.WhenAll(record.Containers.Select(async c =>
        {
            // The first process of the container gets the request to end; unshare, its parent, goes with it.
            foreach (int child in ProcessHandle.Children(c.Process.Pid).Where(_ => c.Process.IsRunning))
            {
                ProcessHandle.Of(child)?.Signal(Term);
            }

            if (!await c.Process.WaitAsync(grace, cancellationToken))
            {
                await c.Process.KillAsync(cancellationToken);
            }
        }));
        if (!record.Pod.HostNetwork)
        {
            PodLink link = LinkOf(record.Pod);
            // Forced: a pod whose making was interrupted has only some of these.
            await IpCommand.RunAsync(link.NodeNamespace, [$"link del {link.NodeInterface}"], cancellationToken, force: true);
            if (File.Exists(Path.Combine(Namespaces.NetworkNamespace.Root, link.PodNamespace)))
            {
                await IpCommand.RunAsync(null, [$"netns del {link.PodNamespace}"], cancellationToken);
            }
        }

        if (Directory.Exists(DirectoryOf(record.Pod)))
        {
            Directory.Delete(DirectoryOf(record.Pod), recursive: true);
        }
    }

    /// <summary>The echo program's path.</summary>
    /// <exception cref="LabException">It is in none of the places.</exception>
    public string EchoPath()
    {
        string?[] places = [plan.Options.EchoPath, Path.Combine(AppContext.BaseDirectory, "cn2-echo"), Environment.GetEnvironmentVariable("CN2_ECHO"), LabRequirements.Find("cn2-echo")];
        return Path.GetFullPath(places.FirstOrDefault(p => p is not null && File.Exists(p)) ?? throw new LabException(
            $"the echo server cn2-echo is neither at {string.Join(" nor at ", places.OfType<string>())} nor in PATH; build src/Orleans.Cn2.Lab.Echo"));
    }

    private bool Started(LabPod pod, ContainerSpec container, ContainerRecord running) =>
        ContainerScript.IsNginx(container.Image)
            ? ListeningPorts.AnyOf(running.Process.Pid, container.Ports)
                && ProcessHandle.Children(running.Process.Pid) is [int master, ..] && ProcessHandle.Children(master).Length > 0
            : File.Exists(ReadyFile(pod, container.Name))
                && !File.ReadLines(PortsFile(pod, container.Name)).Except(File.ReadLines(ReadyFile(pod, container.Name))).Any();

    /// <summary>Writes the ports of the echo servers; returns the containers whose ports changed.</summary>
    private ImmutableArray<string> WriteEchoPorts(PodRecord record, ImmutableArray<ServiceTargets> targets)
    {
        ImmutableArray<string>.Builder changed = ImmutableArray.CreateBuilder<string>();
        foreach ((string container, ImmutableArray<NamedPort> ports) in PodPorts.OfEchoes(record.Pod.Namespace, record.Pod.Labels, record.Template, targets))
        {
            string file = PortsFile(record.Pod, container);
            string text = ContainerScript.EchoPorts(ports);
            if (!File.Exists(file) || File.ReadAllText(file) != text)
            {
                File.WriteAllText(file + ".new", text);
                File.Move(file + ".new", file, overwrite: true);
                changed.Add(container);
            }
        }

        return changed.ToImmutable();
    }

    private string PortsFile(LabPod pod, string container) => Path.Combine(DirectoryOf(pod), container + ".ports");

    private string ReadyFile(LabPod pod, string container) => Path.Combine(DirectoryOf(pod), container + ".ready");

    private string LogFile(LabPod pod, string container) => Path.Combine(DirectoryOf(pod), container + ".log");

    private PodLink LinkOf(LabPod pod) => new(
        pod.NetworkNamespace, plan.Nodes.First(n => n.Name == pod.Node).NetworkNamespace, pod.NodeInterface!, pod.V4, pod.V6);

    private static string Tail(string logFile)
    {
        string[] lines = File.Exists(logFile) ? File.ReadAllLines(logFile) : [];
        return lines.Length == 0 ? $"{logFile} is empty" : string.Join(" | ", lines.TakeLast(3));
    }
}
