using System.Diagnostics;
using Orleans.Cn2.Forwarding.Ebpf.Native;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Native;

public sealed class KernelProbeTests
{
    /// <summary>What is refused names the kernel: its distribution says nothing of what it can do.</summary>
    [Fact]
    public async Task Version_OfThisKernel_IsThatOfUname()
    {
        using Process uname = Process.Start(new ProcessStartInfo("uname", "-sr") { RedirectStandardOutput = true })!;

        Assert.Equal((await uname.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim(), KernelProbe.Version);
    }
}
