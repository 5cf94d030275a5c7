using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Transport;

namespace Orleans.Cn2.Worker.Hosting;

/// <summary>Settings of the forwarding worker. Keys are those of <c>--help</c>; environment variables have the prefix <c>CN2_</c>.</summary>
/// <param name="Node">Name of this node as registered.</param>
/// <param name="Silos">Where silos or gateways listen; the next is tried when one fails.</param>
/// <param name="Engine">ebpf, managed or none.</param>
/// <param name="Mode">Delivery mode: auto, fast or stack.</param>
/// <param name="Attach">How programs get onto interfaces: auto, tcx or clsact.</param>
/// <param name="StateDirectory">Directory of the boot counter and the held versions; must survive restarts and reboots.</param>
/// <param name="PinRoot">Mounted bpffs under which links and maps are pinned.</param>
/// <param name="PodInterfaces">Name patterns of the node side of pods' interfaces.</param>
/// <param name="UplinkInterfaces">Name patterns of interfaces to other nodes and the outside.</param>
/// <param name="Credentials">The worker's certificate, which names its node, and the authorities that it trusts.</param>
internal sealed record WorkerOptions(
    string Node,
    ImmutableArray<Cn2Endpoint> Silos,
    string Engine,
    string Mode,
    string Attach,
    string StateDirectory,
    string PinRoot,
    ImmutableArray<string> PodInterfaces,
    ImmutableArray<string> UplinkInterfaces,
    Cn2Credentials Credentials)
{
    /// <summary>Idle limits of flows.</summary>
    public FlowLimits Limits { get; init; } = new();

    /// <summary>What of a client's address session affinity looks at.</summary>
    public AffinityPrefix AffinityPrefix { get; init; } = AffinityPrefix.Whole;

    /// <summary>How much the engine holds.</summary>
    public CapacityOptions Capacity { get; init; } = CapacityOptions.Default;

    /// <summary>Keys of all options.</summary>
    public static ImmutableArray<string> Keys { get; } =
    [
        "node", "silo", "engine", "mode", "attach", "state", "pin-root", "pod-interfaces", "uplinks",
        "flow-timeouts", "affinity-prefix", .. CapacityOptions.Keys, "tls-ca", "tls-cert", "tls-key",
    ];

    /// <summary>What <c>--help</c> prints.</summary>
    public const string Help = """
        cn2-vrouter: forwards FloatingIP traffic on this node as the control plane says.

        Usage: cn2-vrouter --node NAME --silo ADDRESS [options]

          --node NAME             name of this node as registered (default: the host name)
          --silo ADDRESS,...      silos or gateways: http://HOST:PORT, https://HOST:PORT or unix:/PATH
          --engine ENGINE         ebpf (default): programs in the kernel; managed: packets are routed through this process, for kernels
                                  without BPF; none: holds the tables, carries no packets
          --mode MODE             auto (default), fast or stack: how the engine ebpf delivers translated packets
          --attach KIND           auto (default), tcx (Linux 6.6) or clsact: how its programs get onto interfaces
          --flow-timeouts LIST    idle limits of flows that differ from the defaults: NAME=SECONDS,... (names: docs/operations.md)
          --affinity-prefix N,M   leading bits of IPv4 and IPv6 clients that session affinity looks at (default 32,128; equal on all nodes)
          --flows N               established flows (default 262144; engine managed 524288); memory of this and of the next: docs/operations.md
          --embryonic-flows N     flows that saw no answer yet; the least recently used makes room (default 65536)
          --affinities N          clients of Services with session affinity whose path is remembered (default 65536)
          --frontends N           FloatingIP ports that the engine ebpf holds (default 65536)
          --paths N               back ends of all of them together (default 262144)
          --slots N               slots of all of them together: 2,503 each for 11 to 20 back ends (default 26214400)
          --state DIR             boot counter and held versions (default /var/lib/cn2/vrouter)
          --pin-root DIR          mounted bpffs for links and maps (default /sys/fs/bpf/cn2)
          --pod-interfaces LIST   patterns of pods' interfaces (default cn2p*,veth*,cali*,lxc*)
          --uplinks LIST          patterns of uplinks (default eth*,en*,bond*)
          --tls-ca FILE           PEM authorities that the silo's certificate must chain to (default: those of the machine)
          --tls-cert FILE         PEM certificate of this worker, which names its node: cn2://node/NAME
          --tls-key FILE          its private key
          --help, --version

        Each option is also read from the environment: CN2_NODE, CN2_SILO, CN2_ENGINE, CN2_MODE, CN2_ATTACH, CN2_STATE,
        CN2_PIN_ROOT, CN2_POD_INTERFACES, CN2_UPLINKS, CN2_FLOW_TIMEOUTS, CN2_AFFINITY_PREFIX, CN2_FLOWS, CN2_EMBRYONIC_FLOWS,
        CN2_AFFINITIES, CN2_FRONTENDS, CN2_PATHS, CN2_SLOTS, CN2_TLS_CA, CN2_TLS_CERT, CN2_TLS_KEY. Telemetry is exported by OTLP where OTEL_EXPORTER_OTLP_ENDPOINT is set.
        """;

    /// <summary>Reads and validates; returns every error at once.</summary>
    public static (WorkerOptions? Options, ImmutableArray<string> Errors) Read(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ImmutableArray<string>.Builder errors = ImmutableArray.CreateBuilder<string>();
        string Value(string key, string fallback) => configuration[key] is { Length: > 0 } value ? value : fallback;

        string? File(string key) => Value(key, "") is { Length: > 0 } file ? file : null;
        string node = Value("node", Environment.MachineName);
        string engine = OneOf(errors, "engine", Value("engine", "ebpf"), "ebpf", "managed", "none");
        string mode = OneOf(errors, "mode", Value("mode", "auto"), "auto", "fast", "stack");
        string attach = OneOf(errors, "attach", Value("attach", "auto"), "auto", "tcx", "clsact");
        ImmutableArray<Cn2Endpoint>.Builder silos = ImmutableArray.CreateBuilder<Cn2Endpoint>();
        foreach (string text in List(Value("silo", "")))
        {
            if (Cn2Endpoint.TryParse(text, out Cn2Endpoint? address))
            {
                silos.Add(address);
            }
            else
            {
                errors.Add($"silo: '{text}' must be http://HOST:PORT, https://HOST:PORT or unix:/PATH");
            }
        }

        if (silos.Count == 0 && !errors.Any(error => error.StartsWith("silo:", StringComparison.Ordinal)))
        {
            errors.Add("silo: required, (e.g. --silo http://10.0.0.5:7400)");
        }

        FlowLimits limits = FlowOptions.ReadTimeouts(Value("flow-timeouts", ""), errors);
        AffinityPrefix prefix = FlowOptions.ReadPrefix(Value("affinity-prefix", "32,128"), errors);
        CapacityOptions capacity = CapacityOptions.Read(key => Value(key, ""), errors);

        // A typing error must not become a default.
        errors.AddRange(configuration.GetChildren().Where(section => !Keys.Contains(section.Key))
            .Select(section => $"{section.Key}: no such option; known are {string.Join(", ", Keys)}"));

        Cn2Credentials credentials = new(File("tls-ca"), File("tls-cert"), File("tls-key"));
        errors.AddRange(credentials.Faults(silos));
        ImmutableArray<string> pods = List(Value("pod-interfaces", "cn2p*,veth*,cali*,lxc*"));
        ImmutableArray<string> uplinks = List(Value("uplinks", "eth*,en*,bond*"));
        return errors.Count > 0
            ? (null, errors.ToImmutable())
            : (new WorkerOptions(
                node, silos.ToImmutable(), engine, mode, attach, Value("state", "/var/lib/cn2/vrouter"), Value("pin-root", "/sys/fs/bpf/cn2"), pods, uplinks, credentials)
            { Limits = limits, AffinityPrefix = prefix, Capacity = capacity }, []);
    }

    private static string OneOf(ImmutableArray<string>.Builder errors, string key, string value, params ReadOnlySpan<string> allowed)
    {
        if (!allowed.Contains(value))
        {
            errors.Add($"{key}: '{value}' must be one of {string.Join(", ", allowed.ToArray())}");
        }

        return value;
    }

    private static ImmutableArray<string> List(string value) =>
        [.. value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
}
