namespace Orleans.Cn2.Forwarding.Ebpf.Native;

/// <summary>
/// Waits until every program run that began before has ended (membarrier(2), MEMBARRIER_CMD_GLOBAL: a grace period of the kernel's RCU).
/// Takes about 8 ms: one call a batch, never one a change.
/// </summary>
internal static class ReaderBarrier
{
    private const int Global = 1;

    internal static void Wait()
    {
        if (LinuxCalls.Membarrier(Global) < 0)
        {
            throw BpfException.Last("membarrier", "MEMBARRIER_CMD_GLOBAL");
        }
    }
}
