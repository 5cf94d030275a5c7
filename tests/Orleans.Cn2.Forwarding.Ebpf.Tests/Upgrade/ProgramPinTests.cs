using Orleans.Cn2.Forwarding.Ebpf.Attach;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Upgrade;

/// <summary>A worker that starts again uses the programs that the one before had the kernel check, and none that is not of its maps.</summary>
public sealed class ProgramPinTests : IDisposable
{
    private readonly BpfMount _mount = new();

    [Fact]
    public void Load_Again_UsesTheProgramsThatArePinned()
    {
        Dictionary<string, uint> first = Load();

        Assert.Equal(first, Load());
    }

    [Fact]
    public void Load_AfterAMapWasReplaced_LoadsWhatReferredToIt()
    {
        Dictionary<string, uint> first = Load();
        File.Delete(Path.Combine(_mount.Directory, "node", $"v{MapSpecs.LayoutVersion}", "maps", "services"));

        Dictionary<string, uint> second = Load();

        Assert.NotEqual(first["cn2_new"], second["cn2_new"]);
        Assert.Equal(first["cn2_expire"], second["cn2_expire"]);
    }

    [Fact]
    public void Load_ProgramsOfAnotherObject_AreRemovedAndNotUsed()
    {
        Dictionary<string, uint> first = Load();
        string programs = Path.Combine(_mount.Directory, "node", $"v{MapSpecs.LayoutVersion}", "programs");
        string own = Directory.GetDirectories(programs).Single();
        Directory.Move(own, Path.Combine(programs, "0123456789abcdef"));

        Assert.NotEqual(first["cn2_new"], Load()["cn2_new"]);
        Assert.Equal([own], Directory.GetDirectories(programs));
    }

    public void Dispose() => _mount.Dispose();

    private Dictionary<string, uint> Load()
    {
        using PinDirectory pins = PinDirectory.Open(_mount.Directory, "node", MapSpecs.LayoutVersion, []);
        using DataPath path = DataPath.Load(EbpfEngine.Small, pins);
        _ = path.ProgramOf(HookKind.Egress, LinkLayer.RawIp);
        return path.Programs.ToDictionary(program => program.Key, program => program.Value.Id);
    }
}
