using System.Collections.Immutable;
using Orleans.Cn2.Core.Ecmp;
using Orleans.Cn2.Forwarding.Ebpf.Attach;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Native;

namespace Orleans.Cn2.Forwarding.Ebpf;

/// <summary>
/// The maps and programs in the kernel. With a pin directory, maps that are pinned there are adopted with what they hold, and new ones are
/// pinned: they outlive this process.
/// </summary>
internal sealed class DataPath : IDisposable
{
    private const string ObjectResource = "cn2.bpf.o";

    /// <summary>Programs that are tail-called, at their index in map <c>calls</c>.</summary>
    private static readonly ImmutableArray<string> Calls = ["cn2_new", "cn2_rest", "cn2_reject", "cn2_walked", "cn2_first", "cn2_later"];

    private readonly Dictionary<string, BpfMap> _maps = [];
    private readonly Dictionary<string, BpfHandle> _programs = [];
    private readonly Dictionary<string, uint> _ids = [];

    private DataPath()
    {
    }

    /// <summary>True when tables and flows of an earlier process were found.</summary>
    internal bool IsAdopted { get; private set; }

    /// <summary>The program of a hook, and its id in the kernel.</summary>
    internal (BpfHandle Program, uint Id) ProgramOf(HookKind kind)
    {
        string name = kind switch { HookKind.Ingress => "cn2_ingress", HookKind.Egress => "cn2_egress", _ => "cn2_node" };
        return (_programs[name], _ids[name]);
    }

    /// <summary>True when a program of that id is one of these.</summary>
    internal bool IsOwn(uint programId) => _ids.ContainsValue(programId);

    /// <summary>The program of pod and uplink interfaces, ingress.</summary>
    internal BpfHandle Ingress => _programs["cn2_ingress"];

    /// <summary>The program of pod and uplink interfaces, egress.</summary>
    internal BpfHandle Egress => _programs["cn2_egress"];

    /// <summary>The program of the node's own veth pair.</summary>
    internal BpfHandle Node => _programs["cn2_node"];

    /// <summary>The SYSCALL program that rechecks and deletes expired flows.</summary>
    internal BpfHandle Expire => _programs["cn2_expire"];

    /// <summary>True when the kernel knows BPF_F_IPV6 of bpf_l4_csum_replace: sums of whole IPv6 packets stay right without it only by luck.</summary>
    internal bool KnowsIpv6Checksums { get; private set; }

    internal BpfMap this[string map] => _maps[map];

    /// <summary>Creates or adopts the maps and loads the programs.</summary>
    /// <exception cref="BpfException">The kernel refuses; a program's log is in the message.</exception>
    internal static DataPath Load(EbpfCapacity capacity, PinDirectory? pins)
    {
        ElfObject file = new(ReadObject());
        LayoutCheck.Verify(file);
        DataPath path = new();
        try
        {
            foreach (MapSpec spec in MapSpecs.Of(capacity))
            {
                path._maps[spec.Name] = path.OpenMap(spec, pins);
            }

            path.LoadPrograms(file);
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

        for (int i = 0; i < Calls.Length; i++)
        {
            if (!this["calls"].TryGet((uint)i, out uint id) || id != _ids[Calls[i]])
            {
                this["calls"].Set((uint)i, (uint)_programs[Calls[i]].Descriptor);
                yield return $"the tail call of {Calls[i]} was changed";
            }
        }
    }

    private static byte[] ReadObject()
    {
        using Stream resource = typeof(DataPath).Assembly.GetManifestResourceStream(ObjectResource)
            ?? throw new InvalidOperationException($"the assembly lacks its resource {ObjectResource}");
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

        BpfMap created = BpfMap.Create(spec);
        pins?.PinMap(created);
        return created;
    }

    private void LoadPrograms(ElfObject file)
    {
        foreach (string name in file.Programs.Order(StringComparer.Ordinal))
        {
            BpfProgramType type = name == "cn2_expire" ? BpfProgramType.Syscall : BpfProgramType.TrafficControl;
            _programs[name] = BpfCalls.LoadProgram(name, type, file.Link(name, _maps));
            _ids[name] = BpfCalls.GetInfo<ProgramInfo>(_programs[name]).Id;
        }

        for (int i = 0; i < Calls.Length; i++)
        {
            this["calls"].Set((uint)i, (uint)_programs[Calls[i]].Descriptor);
        }
    }

    public void Dispose()
    {
        foreach (BpfHandle program in _programs.Values)
        {
            program.Dispose();
        }

        foreach (BpfMap map in _maps.Values)
        {
            map.Dispose();
        }
    }
}
