using System.Collections.Immutable;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Native;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Netns;
using Orleans.Cn2.Testing.Packets.Fixtures;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;

/// <summary>
/// The programs of an eBPF plane run by BPF_PROG_TEST_RUN. Frames are seen at interfaces of a namespace that bear the network's indexes.
/// </summary>
public sealed class EbpfEngine : IEngineUnderTest
{
    private const ushort TypeIPv4 = 0x0800;
    private const ushort TypeIPv6 = 0x86dd;
    private const int VethMtu = 1500;
    private const int NeverAgain = 1_000_000_000;

    private readonly TestNetwork _namespaces;
    private readonly HashSet<int> _links = [];
    private readonly Dictionary<int, int> _mtus = [];
    private readonly int _thread;
    private readonly EbpfOptions _options;
    private NodeNetwork _network = NodeNetwork.Empty;
    private NodeSettings? _settings;

    /// <param name="name">Prefix of the namespace: no other test's.</param>
    /// <param name="limitRejects">False where the other engine's clock is not this one's.</param>
    /// <param name="options">Of the plane, beside what the tests need; null: small maps.</param>
    public EbpfEngine(string name, bool limitRejects = true, EbpfOptions? options = null)
    {
        _namespaces = new TestNetwork(name);
        _namespaces.Add("node");
        _thread = _namespaces.In("node").Run(() => Environment.CurrentManagedThreadId);
        _options = (options ?? new EbpfOptions { Capacity = Small }) with
        {
            ExpiryPeriod = TimeSpan.FromDays(1),
            RejectsPerSecond = limitRejects ? 100 : NeverAgain,
            RejectBurst = limitRejects ? 100 : int.MaxValue,
            Fragments = FixtureWorld.Fragments,
        };
        Plane = EbpfPlane.Open(_options);
    }

    /// <summary>Capacities that take little memory.</summary>
    public static EbpfCapacity Small { get; } = new()
    {
        Services = 1_024,
        Paths = 8_192,
        Slots = 1_048_576,
        NextHops = 1_024,
        Flows = 16_384,
        EmbryonicFlows = 16_384,
    };

    public EbpfPlane Plane { get; private set; }

    public string Name => Plane.Engine;

    // The kernel refuses to make a buffer of less than a whole IP header.
    public int ShortestFrame(ushort etherType) => etherType switch
    {
        TypeIPv4 => 34,
        TypeIPv6 => 54,
        _ => 14,
    };

    public void Reset(NodeSettings settings, NodeNetwork network)
    {
        _network = network;
        foreach (int index in network.Interfaces.Select(each => each.Index).Append(network.NodeInterface).Append(network.HoldInterface).Where(index => index > 0))
        {
            if (_links.Add(index))
            {
                _namespaces.Ip("node", $"link add d{index} index {index} type veth peer name p{index} index {1000 + index}");
                if (index == network.HoldInterface)
                {
                    // A held packet is really sent there.
                    _namespaces.Ip("node", $"link set d{index} mtu 65535 up", $"link set p{index} mtu 65535 up");
                }
            }

            int mtu = network.Mtus.GetValueOrDefault(index, VethMtu);
            if (_mtus.GetValueOrDefault(index, VethMtu) != mtu)
            {
                _namespaces.Ip("node", $"link set d{index} mtu {mtu}");
                _mtus[index] = mtu;
            }
        }

        foreach (int shard in Plane.ReadTables().Select(held => held.Shard).Distinct().ToArray())
        {
            Plane.Apply(new TableChange(shard, Complete: true, [], []));
        }

        Clear<TupleRow, FlowEntryRow>("flows");
        Clear<TupleRow, FlowEntryRow>("embryonic");
        Clear<AffinityKeyRow, BindingRow>("affinity");
        Clear<Address16, ulong>("buckets");
        Clear<TupleRow, DatagramRow>("datagrams");
        Clear<Address16, FragmentSourceRow>("fragment_sources");
        Plane.Path["switches"].Set(1u, 0ul);
        Plane.ExpireFlows();
        _settings = settings;
        Plane.Configure(settings);
        Plane.Connect(network);
    }

    public ImmutableArray<Rejection> Apply(TableChange change) => Plane.Apply(change);

    public IForwardingPlane Forwarding => Plane;

    /// <summary>Sets all stamps back: the programs' clock is the machine's.</summary>
    public void Age(TimeSpan span)
    {
        ulong back = (ulong)span.Ticks * TimeSpan.NanosecondsPerTick;
        Rewind<TupleRow, FlowEntryRow>("flows", OlderFlow);
        Rewind<TupleRow, FlowEntryRow>("embryonic", OlderFlow);
        Rewind<AffinityKeyRow, BindingRow>("affinity", (_, row) => row with { Seen = Earlier(row.Seen) });
        Plane.Path["switches"].TryGet(1u, out ulong fullUntil);
        Plane.Path["switches"].Set(1u, fullUntil > back ? fullUntil - back : 0);
        Plane.ExpireFlows();

        // A UDP flow is marked with its birth, in steps of 2^20 ns.
        FlowEntryRow OlderFlow(TupleRow key, FlowEntryRow row) =>
            row with { Seen = Earlier(row.Seen), Mark = key.Protocol == IpProtocol.Udp ? row.Mark - (uint)(back >> 20) : row.Mark };
        ulong Earlier(ulong stamp) => stamp > back ? stamp - back : throw new InvalidOperationException($"the machine is up for less than {span}");
    }

    public async Task RestartAsync()
    {
        await Plane.DisposeAsync();
        Plane = EbpfPlane.Open(_options);
        Plane.Connect(_network);
        Plane.Configure(_settings!);
    }

    public T Inside<T>(Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return Environment.CurrentManagedThreadId == _thread ? work() : _namespaces.In("node").Run(work);
    }

    public EngineResult Run(PacketHook hook, int interfaceIndex, ReadOnlySpan<byte> frame)
    {
        InterfaceRole role = _network.Interfaces.FirstOrDefault(each => each.Index == interfaceIndex)?.Role ?? InterfaceRole.None;
        if (role == InterfaceRole.Node && hook == PacketHook.Egress)
        {
            // No program is there.
            return new EngineResult(Verdict.Pass, DropReason.None, default, 0, false, frame.ToArray());
        }

        BpfHandle program = hook == PacketHook.Egress ? Plane.Path.Egress : role == InterfaceRole.Node ? Plane.Path.Node : Plane.Path.Ingress;
        byte[] input = frame.ToArray();
        byte[] output = new byte[input.Length + 512];
        SkBuff context = new() { Interface = (uint)interfaceIndex };
        TestRun.FrameResult run = Inside(() => TestRun.OnFrame(program, input, output, ref context));
        EngineResult result = ResultOf(context, output.AsSpan(0, run.Length));
        CheckAction(result.Verdict, run.ReturnValue);
        return result;
    }

    /// <summary>Runs a function on the thread that is in the node's namespace, where interface indexes mean what they say.</summary>
    internal T InNode<T>(Func<T> function) => _namespaces.In("node").Run(function);

    public async ValueTask DisposeAsync()
    {
        await Plane.DisposeAsync();
        _namespaces.Dispose();
    }

    private unsafe EngineResult ResultOf(SkBuff context, ReadOnlySpan<byte> frame)
    {
        Verdict verdict = (Verdict)context.Control[0];
        PathSeen seen = default;
        if (context.Control[2] != 0)
        {
            EcmpPath path = Plane.ReadPath(context.Control[2] - 1);
            seen = new PathSeen(path.Address, path.Port, path.VmiId);
        }

        return new EngineResult(
            verdict, (DropReason)context.Control[1], seen, (int)context.Control[3], context.Control[4] != 0,
            verdict == Verdict.Drop ? [] : frame.ToArray());
    }

    /// <summary>What the kernel was told to do must be what the verdict says.</summary>
    private static void CheckAction(Verdict verdict, int action)
    {
        const int next = -1;
        const int drop = 2;
        const int redirect = 7;
        int expected = verdict switch
        {
            Verdict.Pass or Verdict.Stack => next,
            Verdict.Drop or Verdict.Hold => drop,
            _ => redirect,
        };
        if (action != expected)
        {
            throw new InvalidOperationException($"verdict {verdict} came with action {action}, not {expected}");
        }
    }

    private void Rewind<TKey, TValue>(string map, Func<TKey, TValue, TValue> change)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        (TKey, TValue)[] all = [.. Plane.Path[map].Slices<TKey, TValue>(4096).SelectMany(slice => slice.Keys.Zip(slice.Values).Take(slice.Count))];
        foreach ((TKey key, TValue value) in all)
        {
            Plane.Path[map].Set(key, change(key, value));
        }
    }

    private void Clear<TKey, TValue>(string map)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        foreach (TKey key in Plane.Path[map].Slices<TKey, TValue>(4096).SelectMany(slice => slice.Keys.Take(slice.Count)).ToArray())
        {
            Plane.Path[map].Remove(key);
        }
    }
}
