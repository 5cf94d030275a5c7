using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using Orleans.Cn2.Core.Ecmp;
using Orleans.Cn2.Forwarding.Ebpf.Attach;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Native;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Forwarding.Ebpf.Upgrade;

namespace Orleans.Cn2.Forwarding.Ebpf;

/// <summary>
/// The maps and programs in the kernel. With a pin directory, maps that are pinned there are adopted with what they hold, and new ones are
/// pinned: they outlive this process.
/// </summary>
internal sealed class DataPath : IDisposable
{
    private const string ObjectResource = "cn2.bpf.o";
    private const string RawObjectResource = "cn2_raw.bpf.o";
    private const string RawSuffix = "_l3";
    private const string CallsMap = "calls";
    private const string RawCallsMap = "raw_calls";

    /// <summary>Programs that are tail-called, at their index in map <c>calls</c>.</summary>
    private static readonly ImmutableArray<string> Calls = 
    [
        "cn2_new", "cn2_rest", "cn2_reject", "cn2_walked", "cn2_first", "cn2_later", "cn2_icmp", "cn2_insert", "cn2_way_back", "cn2_known",
    ];

    private readonly Lock _loading = new();
    private ProgramPins? _pinned;
    private readonly Dictionary<string, BpfMap> _maps = [];
    private ImmutableDictionary<string, LoadedProgram> _programs = ImmutableDictionary<string, LoadedProgram>.Empty;

    private DataPath()
    {
    }

    /// <summary>True when tables and flows of an earlier process were found.</summary>
    internal bool IsAdopted { get; private set; }

    /// <summary>The change of layout that is under way; null: none is.</summary>
    internal LayoutUpgrade? Upgrade { get; private set; }

    /// <summary>The program of a hook by the framing of the interface's packets, and its id in the kernel.</summary>
    internal (BpfHandle Program, uint Id) ProgramOf(HookKind kind, LinkLayer layer)
    {
        string name = kind switch { HookKind.Ingress => "cn2_ingress", HookKind.Egress => "cn2_egress", _ => "cn2_node" };
        if (layer == LinkLayer.RawIp)
        {
            name += RawSuffix;
            LoadRaw();
        }

        return (_programs[name].Handle, _programs[name].Info.Id);
    }

    /// <summary>True when a program of that id is one of these.</summary>
    internal bool IsOwn(uint programId) => _programs.Values.Any(program => program.Info.Id == programId);

    /// <summary>The program of pod and uplink interfaces, ingress.</summary>
    internal BpfHandle Ingress => _programs["cn2_ingress"].Handle;

    /// <summary>The program of pod and uplink interfaces, egress.</summary>
    internal BpfHandle Egress => _programs["cn2_egress"].Handle;

    /// <summary>The program of the node's own veth pair.</summary>
    internal BpfHandle Node => _programs["cn2_node"].Handle;

    /// <summary>The SYSCALL program that rechecks and deletes expired flows.</summary>
    internal BpfHandle Expire => _programs["cn2_expire"].Handle;

    /// <summary>What the kernel says of the programs, by name.</summary>
    internal IEnumerable<KeyValuePair<string, ProgramInfo>> Programs => _programs.Select(program => KeyValuePair.Create(program.Key, program.Value.Info));

    /// <summary>True when the kernel knows BPF_F_IPV6 of bpf_l4_csum_replace: sums of whole IPv6 packets stay right without it only by luck.</summary>
    internal bool KnowsIpv6Checksums { get; private set; }

    internal BpfMap this[string map] => _maps[map];

    /// <summary>Creates or adopts the maps and loads the programs.</summary>
    /// <exception cref="BpfException">The kernel refuses; a program's log is in the message.</exception>
    internal static DataPath Load(EbpfCapacity capacity, PinDirectory? pins, IReadOnlyDictionary<string, ValueConverter>? converters = null)
    {
        byte[] content = ReadResource(ObjectResource);
        ElfObject file = ReadObject(content);
        DataPath path = new();
        try
        {
            foreach (MapSpec spec in MapSpecs.Of(capacity))
            {
                path._maps[spec.Name] = path.OpenMap(spec, pins);
            }

            if (pins?.Earlier is { } earlier)
            {
                path.Upgrade = new LayoutUpgrade(earlier, path, converters ?? LayoutConverters.Known);
                path.Upgrade.Fill();
                path.IsAdopted = true;
            }

            path._pinned = pins is null ? null : ProgramPins.Open(pins, [content, ReadResource(RawObjectResource)], path._maps.Values);
            path.LoadAll(file.Programs, "", name => file.Link(name, path._maps));
            path.SetTailCalls(CallsMap, "");
            path.KnowsIpv6Checksums = KernelProbe.KnowsIpv6Checksums();
            for (int i = 0; i < SizeClass.Count; i++)
            {
                path["sizes"].Set((uint)i, (uint)SizeClass.SlotsOf(i));
            }

            return path;
        }
        catch
        {
            path.Dispose();
            throw;
        }
    }

    /// <summary>Puts right what others did to pins and tail calls, and tells what that was.</summary>
    internal IEnumerable<string> Repair(PinDirectory? pins)
    {
        foreach (BpfMap map in _maps.Values.Where(map => pins?.Repair(map) == true))
        {
            yield return $"the pin of map {map.Spec.Name} was removed";
        }

        foreach ((string map, uint index, string name) in TailCalls)
        {
            if (_programs.TryGetValue(name, out LoadedProgram? program) && (!this[map].TryGet(index, out uint id) || id != program.Info.Id))
            {
                this[map].Set(index, (uint)program.Handle.Descriptor);
                yield return $"the tail call of {name} was changed";
            }
        }
    }

    private static IEnumerable<(string Map, uint Index, string Program)> TailCalls =>
        from i in Enumerable.Range(0, Calls.Length)
        from suffix in new[] { "", RawSuffix }
        select (suffix.Length == 0 ? CallsMap : RawCallsMap, (uint)i, Calls[i] + suffix);

    /// <summary>Ends the change of layout, once this layout's programs have the links.</summary>
    internal void FinishUpgrade()
    {
        Upgrade?.CopyFlows();
        Upgrade?.Finish();
        Upgrade = null;
    }

    private static ElfObject ReadObject(byte[] content)
    {
        ElfObject file = new(content);
        LayoutCheck.Verify(file);
        return file;
    }

    private static byte[] ReadResource(string name)
    {
        using Stream resource = typeof(DataPath).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the assembly lacks its resource {name}");
        byte[] content = new byte[resource.Length];
        resource.ReadExactly(content);
        return content;
    }

    private BpfMap OpenMap(MapSpec spec, PinDirectory? pins)
    {
        if (pins?.OpenMap(spec) is { } adopted)
        {
            IsAdopted = true;
            return adopted;
        }

        // What an earlier layout held must fit.
        uint before = pins?.Earlier is { } earlier ? LayoutUpgrade.CapacityOf(earlier, spec.Name) ?? 0 : 0;
        BpfMap created = BpfMap.Create(spec with { Capacity = Math.Max(spec.Capacity, before) });
        pins?.PinMap(created);
        return created;
    }

    /// <summary>
    /// The egress program for packets without a link header, with what it calls: on their way in such packets get an Ethernet header first. The
    /// kernel takes as long to check them as it takes for all others, and few nodes have such a device: they are loaded for the first.
    /// </summary>
    private void LoadRaw()
    {
        lock (_loading)
        {
            if (_programs.ContainsKey("cn2_egress" + RawSuffix))
            {
                return;
            }

            ElfObject raw = ReadObject(ReadResource(RawObjectResource));
            Dictionary<string, BpfMap> maps = new(_maps) { [CallsMap] = _maps[RawCallsMap] };
            LoadAll(Calls.Append("cn2_egress"), RawSuffix, name => raw.Link(name, maps));
            SetTailCalls(RawCallsMap, RawSuffix);
        }
    }

    private void SetTailCalls(string map, string suffix)
    {
        for (int i = 0; i < Calls.Length; i++)
        {
            this[map].Set((uint)i, (uint)_programs[Calls[i] + suffix].Handle.Descriptor);
        }
    }

    /// <summary>Side by side: what takes time is the kernel's check of each program that an earlier process did not pin.</summary>
    private void LoadAll(IEnumerable<string> names, string suffix, Func<string, byte[]> link)
    {
        ConcurrentDictionary<string, LoadedProgram> loaded = [];
        try
        {
            Parallel.ForEach(names.Where(name => !_programs.ContainsKey(name + suffix)), name =>
            {
                BpfProgramType type = name == "cn2_expire" ? BpfProgramType.Syscall : BpfProgramType.TrafficControl;
                BpfHandle? handle = _pinned?.TryOpen(name + suffix);
                if (handle is null)
                {
                    handle = BpfCalls.LoadProgram(name + suffix, type, link(name));
                    _pinned?.Pin(name + suffix, handle);
                }

                loaded[name + suffix] = new LoadedProgram(handle, BpfCalls.GetInfo<ProgramInfo>(handle));
            });
        }
        catch (AggregateException all) when (all.InnerExceptions[0] is BpfException first)
        {
            ExceptionDispatchInfo.Throw(first);
        }
        finally
        {
            _programs = _programs.AddRange(loaded);
        }
    }

    public void Dispose()
    {
        foreach (LoadedProgram program in _programs.Values)
        {
            program.Handle.Dispose();
        }

        foreach (BpfMap map in _maps.Values)
        {
            map.Dispose();
        }
    }

    private sealed record LoadedProgram(BpfHandle Handle, ProgramInfo Info);
}
