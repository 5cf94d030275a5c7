using System.CommandLine;
using System.Diagnostics;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Cli.LabGlue;
using Orleans.Cn2.Cli.Output;
using Orleans.Cn2.Lab;
using Orleans.Cn2.Lab.Processes;
using Orleans.Cn2.Lab.Requirements;
using Orleans.Cn2.Lab.Workers;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Cli.Commands.Lab;

/// <summary><c>cn2 lab</c>: nodes and pods as network namespaces of this machine.</summary>
internal static class LabCommands
{
    private static readonly Option<string> Name = new("--name")
    {
        Description = "Name of the lab",
        Recursive = true,
        DefaultValueFactory = _ => LabSession.DefaultName,
    };

    public static Command Create() => new Command("lab", "Nodes and pods as network namespaces of this machine, with a silo and a worker on each node")
        .With(Name, Up(), Down(), Status(), Exec(), Scale("scale", "Change the number of pods of a workload"));

    /// <summary><c>cn2 scale</c> and <c>cn2 lab scale</c>.</summary>
    public static Command Scale(string name, string description)
    {
        Argument<string> workload = new("workload") { Description = "KIND/NAME, as deployment/nginx" };
        Option<int> replicas = new("--replicas") { Description = "Number of pods", Required = true };
        return new Command(name, description).With(workload, replicas).Does(async (parsed, cancellation) =>
        {
            using LabSession lab = await RequireAsync(parsed.GetValue(Name) ?? LabSession.DefaultName, cancellation).ConfigureAwait(false);
            WorkloadId id = Workload(parsed.GetRequiredValue(workload), parsed.GetRequiredValue(CommandLine.Namespace));
            await lab.ScaleAsync(id, parsed.GetValue(replicas), cancellation).ConfigureAwait(false);
            await lab.SettleAsync(cancellation).ConfigureAwait(false);
            await Console.Out.WriteLineAsync($"{parsed.GetRequiredValue(workload)} scaled to {parsed.GetValue(replicas)}").ConfigureAwait(false);
            return ExitCodes.Ok;
        });
    }

    private static Command Up()
    {
        Option<int> nodes = new("--nodes") { Description = "Number of nodes", DefaultValueFactory = _ => 2 };
        Option<string> mode = new("--mode") { Description = "Delivery mode of the workers: auto, fast or stack", DefaultValueFactory = _ => "auto" };
        return new Command("up", "Make a lab; one of the same name is taken down first").With(nodes, mode).Does(async (parsed, cancellation) =>
        {
            Require(nginx: false);
            LabOptions options = new() { Name = parsed.GetRequiredValue(Name), Nodes = parsed.GetValue(nodes), EchoPath = Binaries.Find(Binaries.Echo) };
            using LabSession lab = await LabSession.CreateAsync(options, parsed.GetRequiredValue(mode), Console.Error, cancellation).ConfigureAwait(false);
            await Console.Out.WriteLineAsync($"lab {options.Name} is up: {lab.Cluster.Nodes.Length} nodes, control plane {LabSilo.ServerOf(lab.Cluster.Directory)}").ConfigureAwait(false);
            return ExitCodes.Ok;
        });
    }

    private static Command Down() => new Command("down", "Remove a lab: processes, namespaces, mounts, files").Does(async (parsed, cancellation) =>
    {
        bool was = await LabSession.DestroyAsync(parsed.GetRequiredValue(Name), cancellation).ConfigureAwait(false);
        await Console.Out.WriteLineAsync(was ? $"lab {parsed.GetValue(Name)} is down" : $"there is no lab {parsed.GetValue(Name)}").ConfigureAwait(false);
        return ExitCodes.Ok;
    });

    private static Command Status() => new Command("status", "Nodes, workers and pods of a lab").Does(async (parsed, cancellation) =>
    {
        using LabSession lab = await RequireAsync(parsed.GetRequiredValue(Name), cancellation).ConfigureAwait(false);
        Dictionary<string, WorkerStatus> workers = lab.Cluster.Workers.Status().ToDictionary(worker => worker.Node);
        Printer.Table(
            lab.Cluster.Nodes,
            [
                new("NODE", node => node.Name),
                new("NAMESPACE", node => node.NetworkNamespace),
                new("ADDRESSES", node => $"{node.V4},{node.V6}"),
                new("WORKER", node => workers.TryGetValue(node.Name, out WorkerStatus? worker) ? (worker.Running ? $"pid {worker.Pid}" : "dead") : ""),
                new("LOG", node => workers.TryGetValue(node.Name, out WorkerStatus? worker) ? worker.LogFile : "", WideOnly: true),
            ],
            parsed.GetValue(CommandLine.Output) == OutputFormat.Wide,
            Console.Out);
        await Console.Out.WriteLineAsync().ConfigureAwait(false);
        Printer.Table(
            lab.Cluster.Pods(),
            [
                new("POD", pod => pod.Id.ToString()),
                new("NODE", pod => pod.Node),
                new("ADDRESSES", pod => $"{pod.V4},{pod.V6}"),
                new("STATE", pod => pod.Terminating ? "Terminating" : pod.Ready ? "Ready" : $"NotReady: {pod.NotReadyReason}"),
                new("NAMESPACE", pod => pod.NetworkNamespace, WideOnly: true),
            ],
            parsed.GetValue(CommandLine.Output) == OutputFormat.Wide,
            Console.Out);
        return ExitCodes.Ok;
    });

    private static Command Exec()
    {
        Argument<string> target = new("target") { Description = "A pod (NAMESPACE/NAME or NAME), a node, or outside" };
        Argument<string[]> command = new("command") { Description = "Command with its arguments, after --", Arity = ArgumentArity.OneOrMore };
        return new Command("exec", "Run a command in a pod, on a node or in the outside network").With(target, command).Does(async (parsed, cancellation) =>
        {
            using LabSession lab = await RequireAsync(parsed.GetRequiredValue(Name), cancellation).ConfigureAwait(false);
            LabCommand line = lab.Cluster.Exec(parsed.GetRequiredValue(target), parsed.GetRequiredValue(command));
            using Process process = Process.Start(line.FileName, line.Arguments);
            await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
            return process.ExitCode;
        });
    }

    private static async Task<LabSession> RequireAsync(string name, CancellationToken cancellation) =>
        await LabSession.OpenAsync(name, Console.Error, cancellation).ConfigureAwait(false)
        ?? throw new CommandException(ExitCodes.Refused, $"there is no lab {name}; make one by: cn2 lab up");

    private static void Require(bool nginx)
    {
        if (LabRequirements.Missing(nginx) is { IsEmpty: false } missing)
        {
            throw new CommandException(ExitCodes.CannotRun, string.Join("; ", missing));
        }
    }

    private static WorkloadId Workload(string text, string ns) =>
        text.Split('/') is [string kind, { Length: > 0 } name] && Enum.TryParse(kind.TrimEnd('s'), ignoreCase: true, out WorkloadKind parsed)
            ? new WorkloadId(parsed, ns, name)
            : throw new CommandException(ExitCodes.Usage, $"workload: '{text}' must be KIND/NAME, as deployment/nginx");
}
