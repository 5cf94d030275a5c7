namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Netlink;

/// <summary>Bounds every wait of these tests.</summary>
internal static class Bound
{
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Cancelled when the test is, or after the limit.</summary>
    internal static CancellationTokenSource Start()
    {
        CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        source.CancelAfter(Limit);
        return source;
    }
}
