using System.Diagnostics;
using Orleans.Cn2.Lab.Namespaces;

namespace Orleans.Cn2.Testing.Netns;

/// <summary>
/// Network namespaces of one test, under a prefix of its own, wired as the test likes. Disposing removes them, and
/// making one first removes what a killed run of the same test left.
/// </summary>
public sealed class TestNetwork : IDisposable
{
    private readonly string _prefix;
    private readonly Dictionary<string, NetworkNamespace> _open = [];

    /// <param name="prefix">Begins the names of all namespaces, and no other test's.</param>
    public TestNetwork(string prefix)
    {
        _prefix = prefix + "-";
        Remove();
    }

    /// <summary>Name of a namespace of this test as <c>ip netns</c> has it.</summary>
    public string Name(string shortName) => _prefix + shortName;

    /// <summary>Makes namespaces with loopback up and duplicate address detection off.</summary>
    public void Add(params string[] shortNames)
    {
        Ip(null, [.. shortNames.Select(n => $"netns add {Name(n)}")]);
        foreach (string name in shortNames)
        {
            In(name).Run(() =>
            {
                foreach (string scope in new[] { "all", "default" })
                {
                    File.WriteAllText($"/proc/sys/net/ipv6/conf/{scope}/accept_dad", "0");
                    File.WriteAllText($"/proc/sys/net/ipv6/conf/{scope}/accept_ra", "0");
                }
            });
            Ip(name, "link set lo up");
        }
    }

    /// <summary>Joins two namespaces by a veth pair whose ends are up.</summary>
    public void Veth(string left, string leftInterface, string right, string rightInterface)
    {
        Ip(null, $"link add {leftInterface} netns {Name(left)} type veth peer name {rightInterface} netns {Name(right)}");
        Ip(left, $"link set {leftInterface} up");
        Ip(right, $"link set {rightInterface} up");
    }

    /// <summary>The namespace, entered: sockets, settings and files of /proc/sys are reached by its <c>Run</c>.</summary>
    public NetworkNamespace In(string shortName) => _open.TryGetValue(shortName, out NetworkNamespace? ns)
        ? ns : _open[shortName] = NetworkNamespace.Open(Name(shortName));

    /// <summary>Writes a setting, <c>net/ipv4/ip_forward</c>.</summary>
    public void Set(string shortName, string key, string value) =>
        In(shortName).Run(() => File.WriteAllText("/proc/sys/" + key, value));

    /// <summary>Runs <c>ip</c> commands in a namespace, or outside for null, in one process; the first that fails ends the test.</summary>
    public void Ip(string? shortName, params string[] commands) =>
        Run("ip", [.. shortName is null ? [] : new[] { "-n", Name(shortName) }, "-batch", "-"], string.Join('\n', commands) + "\n");

    /// <summary>Runs a program in a namespace and returns what it wrote.</summary>
    public string Exec(string shortName, string program, params string[] arguments) => Feed(shortName, "", program, arguments);

    /// <summary>Runs a program in a namespace with this input and returns what it wrote.</summary>
    public string Feed(string shortName, string input, string program, params string[] arguments) =>
        Run("nsenter", ["--net=" + Path.Combine(NetworkNamespace.Root, Name(shortName)), "--", program, .. arguments], input);

    /// <summary>What a person would look at when a packet does not come: links, neighbours, sockets and the kernel's own counters, by namespace.</summary>
    public string Describe() => string.Join('\n', _open.Keys.Order().Select(name => $"""
        -- {name}
        {Exec(name, "ip", "-s", "link")}{Exec(name, "ip", "neigh")}{Exec(name, "ss", "-anHtu")}{Exec(name, "nstat", "-a")}
        """));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NetworkNamespace ns in _open.Values)
        {
            ns.Dispose();
        }

        Remove();
    }

    private void Remove()
    {
        string[] mine = Directory.Exists(NetworkNamespace.Root)
            ? [.. Directory.EnumerateFiles(NetworkNamespace.Root, _prefix + "*").Select(f => Path.GetFileName(f))] : [];
        if (mine.Length > 0)
        {
            Ip(null, [.. mine.Select(n => "netns del " + n)]);
        }
    }

    private static string Run(string program, IEnumerable<string> arguments, string input)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.Result
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {errors.Result}\n{input}");
    }
}
