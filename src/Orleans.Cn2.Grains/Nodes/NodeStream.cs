namespace Orleans.Cn2.Grains.Nodes;

/// <summary>The stream of a node's worker as the node knows it. By a clock that is never set: the wall clock may step, and no worker is gone for that.</summary>
internal sealed class NodeStream(TimeProvider time)
{
    // Where a silo has just started, all of its workers look for their streams at once, and none could stand meanwhile.
    private const int GracesAtStart = 3;
    private ulong _session;
    private long _heard;

    // Whether it stands is told again within seconds of a start; until then it counts as gone since then.
    private long _turned = time.GetTimestamp();

    /// <summary>True while it stands.</summary>
    public bool Stands { get; private set; }

    /// <summary>When it was last known to stand; null if never since the start.</summary>
    public DateTimeOffset? LastSeen { get; private set; }

    /// <summary>How long it stands, or is gone.</summary>
    public TimeSpan Lasted => time.GetElapsedTime(_turned);

    /// <summary>True when it is gone for longer than the grace; three of them where nothing was heard of it since the start.</summary>
    public bool IsLost(TimeSpan grace) => !Stands && Lasted >= (LastSeen is null ? grace * GracesAtStart : grace);

    /// <summary>
    /// It stands. Sessions are made from the clocks of silos, which may differ: a lower one is an older stream's only while the newer one stands.
    /// </summary>
    /// <returns>False when this is an older stream's.</returns>
    public bool Up(ulong session)
    {
        if (session < _session && Stands)
        {
            return false;
        }

        _turned = Stands ? _turned : time.GetTimestamp();
        (_session, Stands, LastSeen, _heard) = (session, true, time.GetUtcNow(), time.GetTimestamp());
        return true;
    }

    /// <summary>It ended; ignored for any but the newest session.</summary>
    public void Down(ulong session)
    {
        if (session == _session && Stands)
        {
            (Stands, _turned) = (false, time.GetTimestamp());
        }
    }

    /// <summary>It ended without a word when nothing was heard for longer than this.</summary>
    public void Expire(TimeSpan silence)
    {
        if (Stands && time.GetElapsedTime(_heard) > silence)
        {
            Down(_session);
        }
    }
}
