using System.Globalization;
using Orleans.Cn2.Forwarding.Ebpf.Native;
using Orleans.Cn2.Forwarding.Ebpf.Upgrade;

namespace Orleans.Cn2.Forwarding.Ebpf;

/// <summary>
/// <c>&lt;pin root&gt;/&lt;node&gt;/v&lt;layout&gt;</c> on a bpffs: what is pinned here forwards on when the worker is gone. Held under a lock by
/// one process at a time.
/// </summary>
internal sealed class PinDirectory : IDisposable
{
    private static readonly MapSpec BootSpec = new("boot", BpfMapType.Array, sizeof(uint), sizeof(ulong), 1);

    /// <summary>What the directory of maps that became too small is called while larger ones are filled.</summary>
    private const string Outgrown = "-outgrown";

    private readonly BpfHandle _lock;

    private PinDirectory(string path, string? earlier, BpfHandle directory) => (Path, Earlier, _lock) = (path, earlier, directory);

    /// <summary>The directory.</summary>
    internal string Path { get; }

    /// <summary>Directory of maps to take over from, of an earlier layout, the newest, or of this one and too small; null: none is.</summary>
    internal string? Earlier { get; }

    /// <summary>Directory of the pinned links.</summary>
    internal string Links => System.IO.Path.Combine(Path, "links");

    /// <summary>Creates or opens the directory of a node and locks it. Pinned maps that hold less than is asked for are set aside, to fill larger ones from.</summary>
    /// <param name="root">The pin root.</param>
    /// <param name="node">The node's name.</param>
    /// <param name="layout">The layout of the maps.</param>
    /// <param name="maps">The maps asked for.</param>
    /// <exception cref="BpfException">It can't be locked: another worker of this node runs.</exception>
    /// <exception cref="ForwardingUnavailableException">A newer layout is pinned, which this build can't read.</exception>
    internal static PinDirectory Open(string root, string node, int layout, IEnumerable<MapSpec> maps)
    {
        string all = System.IO.Path.Combine(root, node);
        Directory.CreateDirectory(all);
        BpfHandle locked = Lock(all);
        try
        {
            int[] others = [.. Directory.GetDirectories(all, "v*")
                .Select(path => int.TryParse(System.IO.Path.GetFileName(path)[1..], CultureInfo.InvariantCulture, out int number) ? number : 0)
                .Where(number => number > 0 && number != layout).Order()];
            if (others.LastOrDefault() is int newest && newest > layout)
            {
                throw new ForwardingUnavailableException(
                    $"{all}/v{newest} holds maps of layout {newest}, this build knows up to {layout}: run a build that knows it, or remove the directory, which ends all flows");
            }

            string path = System.IO.Path.Combine(all, $"v{layout}");
            string outgrown = path + Outgrown;
            if (others.Length == 0 && !Directory.Exists(outgrown) && maps.Any(map => LayoutUpgrade.CapacityOf(path, map.Name) < map.Capacity))
            {
                Directory.Move(path, outgrown);
            }

            Directory.CreateDirectory(System.IO.Path.Combine(path, "maps"));
            Directory.CreateDirectory(System.IO.Path.Combine(path, "links"));
            string? earlier = Directory.Exists(outgrown) ? outgrown : others.Length == 0 ? null : System.IO.Path.Combine(all, $"v{others[^1]}");
            return new PinDirectory(path, earlier, locked);
        }
        catch
        {
            locked.Dispose();
            throw;
        }
    }

    private static BpfHandle Lock(string directory)
    {
        int descriptor = LinuxCalls.Open(directory, LinuxCalls.OpenDirectory);
        if (descriptor < 0)
        {
            throw BpfException.Last("open", directory);
        }

        BpfHandle handle = new(descriptor);
        if (LinuxCalls.Lock(descriptor, LinuxCalls.LockExclusive | LinuxCalls.LockWithoutWait) < 0)
        {
            BpfException refused = BpfException.Last("flock (another worker of this node runs?)", directory);
            handle.Dispose();
            throw refused;
        }

        return handle;
    }

    /// <summary>Removes what an upgrade that can't be done has begun, so that the earlier layout's build can go on.</summary>
    internal void Abandon()
    {
        if (Earlier is not null && Directory.Exists(Path) && !Directory.EnumerateFileSystemEntries(Links).Any())
        {
            Directory.Delete(Path, recursive: true);
            if (Earlier == Path + Outgrown)
            {
                Directory.Move(Earlier, Path);
            }
        }
    }

    /// <summary>Counts a start of a worker on this node and returns the count: of two workers the higher is the later one.</summary>
    internal ulong RaiseBoot()
    {
        BpfMap? pinned = OpenMap(BootSpec);
        using BpfMap boot = pinned ?? BpfMap.Create(BootSpec);
        ulong count = 0;
        if (pinned is null)
        {
            PinMap(boot);
            count = EarlierBoot();
        }
        else
        {
            _ = boot.TryGet(0u, out count);
        }

        boot.Set(0u, count + 1);
        return count + 1;
    }

    private ulong EarlierBoot()
    {
        using BpfHandle? handle = Earlier is null ? null : BpfCalls.OpenPin(System.IO.Path.Combine(Earlier, "maps", BootSpec.Name));
        return handle is not null && new BpfMap(BootSpec, handle).TryGet(0u, out ulong count) ? count : 0;
    }

    /// <summary>The pinned map of a specification, with the capacity it was created with; null when none is pinned.</summary>
    /// <exception cref="InvalidDataException">It is another kind of map.</exception>
    internal BpfMap? OpenMap(MapSpec spec)
    {
        BpfHandle? handle = BpfCalls.OpenPin(PathOf(spec));
        if (handle is null)
        {
            return null;
        }

        MapInfo info = BpfCalls.GetInfo<MapInfo>(handle);
        if (info.Type != (uint)spec.Type || info.KeySize != spec.KeySize || info.ValueSize != spec.ValueSize || info.Flags != (uint)spec.Flags)
        {
            handle.Dispose();
            throw new InvalidDataException(
                $"{PathOf(spec)} is a map of type {info.Type} with {info.KeySize}/{info.ValueSize} bytes, not {spec}: raise MapSpecs.LayoutVersion with every change of a map");
        }

        return new BpfMap(spec with { Capacity = info.MaxEntries }, handle);
    }

    /// <summary>Pins a map again where its pin was removed or is another object's; true when that was so.</summary>
    internal bool Repair(BpfMap map)
    {
        string path = PathOf(map.Spec);
        using (BpfHandle? pinned = BpfCalls.OpenPin(path))
        {
            if (pinned is not null && BpfCalls.GetInfo<MapInfo>(pinned).Id == BpfCalls.GetInfo<MapInfo>(map.Handle).Id)
            {
                return false;
            }
        }

        Remove(path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        PinMap(map);
        return true;
    }

    /// <summary>Removes a pin; none is fine, and so is a directory that is gone.</summary>
    internal static void Remove(string pin)
    {
        if (File.Exists(pin))
        {
            File.Delete(pin);
        }
    }

    internal void PinMap(BpfMap map) => BpfCalls.Pin(map.Handle, PathOf(map.Spec));

    private string PathOf(MapSpec spec) => System.IO.Path.Combine(Path, "maps", spec.Name);

    public void Dispose()
    {
        // Not by closing alone: a child that is being started holds the descriptor too, until it runs its own program.
        _ = LinuxCalls.Lock(_lock.Descriptor, LinuxCalls.LockNone);
        _lock.Dispose();
    }
}
