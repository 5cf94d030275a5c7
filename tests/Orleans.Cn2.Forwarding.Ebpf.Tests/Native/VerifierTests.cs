using Orleans.Cn2.Forwarding.Ebpf.Attach;
using Orleans.Cn2.Netlink;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Native;

public sealed class VerifierTests
{
    /// <summary>The kernel gives up at 1,000,000, and what it walks is what a worker waits for when it starts: about a second for each 600,000.</summary>
    private const uint Most = 160_000;

    [Fact]
    public void Programs_OfBothFramings_AreCheckedInAFractionOfWhatTheKernelAllows()
    {
        using DataPath path = DataPath.Load(new EbpfCapacity(), pins: null);
        _ = path.ProgramOf(HookKind.Egress, LinkLayer.RawIp);

        Assert.All(path.Programs, program => Assert.InRange(program.Value.VerifiedInstructions, 1u, Most));
    }
}
