using System.CommandLine;
using System.Diagnostics;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Cli.LabGlue;
using Orleans.Cn2.Cli.Manifests;
using Orleans.Cn2.Lab;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Lab.Processes;
using Orleans.Cn2.Lab.Requirements;
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
        Option<string[]> files = new("--filename", "-f") { Description = "Manifests to run in it (YAML or JSON), - for standard input; repeatable" };
        Option<int> nodes = Nodes();
        Option<int> silos = Silos();
        Option<string> engine = Engine();
        Option<string> mode = Mode();
        return new Command("up", "Make a lab; one of the same name is taken down first").With(files, nodes, silos, engine, mode).Does(async (parsed, cancellation) =>
        {
            ManifestSet set = ApplyCommand.Read(parsed.GetValue(files) ?? []);
            Require(nginx: false);
            LabOptions options = new()
            {
                Name = parsed.GetRequiredValue(Name),
                Nodes = parsed.GetValue(nodes),
                Silos = parsed.GetValue(silos),
                EchoPath = Binaries.Find(Binaries.Echo),
            };
            LabEngine workers = new(parsed.GetRequiredValue(engine), parsed.GetRequiredValue(mode));
            using LabSession lab = await LabSession.CreateAsync(options, workers, Console.Error, cancellation).ConfigureAwait(false);
            bool applied = await RunAsync(lab, set, cancellation).ConfigureAwait(false);
            await Console.Out.WriteLineAsync($"lab {options.Name} is up: {lab.Cluster.Nodes.Length} nodes, control plane {LabSilo.ServerOf(lab.Cluster.Directory)}").ConfigureAwait(false);
            return applied ? ExitCodes.Ok : ExitCodes.Refused;
        });
    }

    /// <summary><c>--nodes</c>, as every command that makes a lab takes it.</summary>
    public static Option<int> Nodes() => Number("--nodes", "Number of nodes", most: 200, usual: 2);

    /// <summary><c>--silos</c>, as every command that makes a lab takes it.</summary>
    public static Option<int> Silos() => Number("--silos", "Number of silos: one on the embedded store, several on a PostgreSQL server of the lab's own", LabSilo.MostSilos, usual: 1);

    /// <summary><c>--engine</c>, as every command that makes a lab takes it.</summary>
    public static Option<string> Engine()
    {
        Option<string> engine = new("--engine")
        {
            Description = "Engine of the workers: ebpf (programs in the kernel) or managed (packets are routed through the worker; needs no BPF)",
            DefaultValueFactory = _ => LabEngine.Default.Name,
        };
        engine.AcceptOnlyFromAmong("ebpf", "managed");
        return engine;
    }

    /// <summary><c>--mode</c>, as every command that makes a lab takes it.</summary>
    public static Option<string> Mode()
    {
        Option<string> mode = new("--mode") { Description = "Delivery mode of the engine ebpf: auto, fast or stack", DefaultValueFactory = _ => "auto" };
        mode.AcceptOnlyFromAmong("auto", "fast", "stack");
        return mode;
    }

    private static Option<int> Number(string name, string description, int most, int usual)
    {
        Option<int> number = new(name) { Description = $"{description}, 1 to {most}", DefaultValueFactory = _ => usual };
        number.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out int count) && (count < 1 || count > most))
            {
                result.AddError($"{name}: {count} must be between 1 and {most}");
            }
        });
        return number;
    }

    private static Command Down() => new Command("down", "Remove a lab: processes, namespaces, mounts, files").Does(async (parsed, cancellation) =>
    {
        Require(nginx: false);
        bool was = await LabSession.DestroyAsync(parsed.GetRequiredValue(Name), cancellation).ConfigureAwait(false);
        await Console.Out.WriteLineAsync(was ? $"lab {parsed.GetValue(Name)} is down" : $"there is no lab {parsed.GetValue(Name)}").ConfigureAwait(false);
        return ExitCodes.Ok;
    });

    private static Command Status() => new Command("status", "Nodes, workers and pods of a lab").Does(async (parsed, cancellation) =>
    {
        using LabSession lab = await RequireAsync(parsed.GetRequiredValue(Name), cancellation).ConfigureAwait(false);
        LabStatus.Print(lab.Cluster, parsed.GetValue(CommandLine.Output), Console.Out);
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

    private static async Task<bool> RunAsync(LabSession lab, ManifestSet set, CancellationToken cancellation)
    {
        foreach (ManifestDocument skipped in set.Skipped)
        {
            await Console.Error.WriteLineAsync("  " + skipped.Skipped).ConfigureAwait(false);
        }

        await lab.ApplyAsync(set, cancellation).ConfigureAwait(false);
        Applier applier = new(lab.Client, Console.Out);
        bool applied = await applier.ApplyAsync(set.HandedOver, atomic: false, dryRun: false, cancellation).ConfigureAwait(false);
        foreach (string line in applier.Failures.SelectMany(ErrorReport.Lines))
        {
            await Console.Error.WriteLineAsync($"error: {line}").ConfigureAwait(false);
        }

        await lab.SettleAsync(applier.Fences, cancellation).ConfigureAwait(false);
        return applied;
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

    private static WorkloadId Workload(string text, string ns) => text.Split('/') is [string kind, { Length: > 0 } name]
        ? new WorkloadId(KindOf(kind) ?? throw Malformed(text), ns, name)
        : throw Malformed(text);

    // As kubectl takes them: the kind, its plural or its short name.
    private static WorkloadKind? KindOf(string kind) => kind.ToLowerInvariant() switch
    {
        "deployment" or "deployments" or "deploy" => WorkloadKind.Deployment,
        "statefulset" or "statefulsets" or "sts" => WorkloadKind.StatefulSet,
        "replicaset" or "replicasets" or "rs" => WorkloadKind.ReplicaSet,
        "replicationcontroller" or "replicationcontrollers" or "rc" => WorkloadKind.ReplicationController,
        "daemonset" or "daemonsets" or "ds" => WorkloadKind.DaemonSet,
        "pod" or "pods" or "po" => WorkloadKind.Pod,
        _ => null,
    };

    private static CommandException Malformed(string text) => new(
        ExitCodes.Usage, $"workload: '{text}' must be KIND/NAME, as deployment/nginx; kinds: deployment, statefulset, replicaset, replicationcontroller");
}
