using System.Security.Cryptography;
using Orleans.Cn2.Forwarding.Ebpf.Native;

namespace Orleans.Cn2.Forwarding.Ebpf;

/// <summary>
/// Programs that an earlier process of the same build pinned: the kernel has checked them, which is what takes the time when a worker starts. They lie under
/// the hash of the objects that they were loaded from, and are used only with the very maps that they refer to.
/// </summary>
internal sealed class ProgramPins
{
    private const int HashBytes = 8;

    private readonly string _directory;
    private readonly HashSet<uint> _maps;

    private ProgramPins(string directory, HashSet<uint> maps) => (_directory, _maps) = (directory, maps);

    /// <summary>Opens the pins of these objects, and removes those of others.</summary>
    /// <param name="pins">The node's pins.</param>
    /// <param name="objects">All objects that programs are loaded from.</param>
    /// <param name="maps">The maps in use.</param>
    internal static ProgramPins Open(PinDirectory pins, IEnumerable<byte[]> objects, IEnumerable<BpfMap> maps)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (byte[] content in objects)
        {
            hash.AppendData(content);
        }

        string all = Path.Combine(pins.Path, "programs");
        string directory = Path.Combine(all, Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, HashBytes)));
        Directory.CreateDirectory(directory);
        foreach (string other in Directory.GetDirectories(all).Where(other => other != directory))
        {
            Directory.Delete(other, recursive: true);
        }

        return new ProgramPins(directory, [.. maps.Select(map => BpfCalls.GetInfo<MapInfo>(map.Handle).Id)]);
    }

    /// <summary>The pinned program of a name; null when there is none, or it refers to a map that was replaced since.</summary>
    internal BpfHandle? TryOpen(string name)
    {
        BpfHandle? program = BpfCalls.OpenPin(Path.Combine(_directory, name));
        if (program is null || BpfCalls.GetMapIds(program).All(_maps.Contains))
        {
            return program;
        }

        program.Dispose();
        return null;
    }

    /// <summary>Pins a program for the next process.</summary>
    internal void Pin(string name, BpfHandle program)
    {
        string path = Path.Combine(_directory, name);
        PinDirectory.Remove(path);
        BpfCalls.Pin(program, path);
    }
}
