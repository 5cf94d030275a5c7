namespace Orleans.Cn2.Forwarding.Ebpf;

/// <summary>What the plane does by itself, each period: it ends idle flows and puts right what others did to its maps.</summary>
public sealed partial class EbpfPlane
{
    /// <summary>A scan is followed by a pause of so many times its own length: 1.5 % of a core.</summary>
    private const int LeisureOfScan = 66;

    /// <summary>The keys of services are looked at more seldom than the rest: there may be tens of thousands.</summary>
    private const int KeysEveryRepairs = 20;

    private long _nextScan = long.MinValue;
    private int _repairs;

    /// <summary>A scan of a million flows takes half a second: then the next one waits, so that all of them take no more than their share of a core.</summary>
    private void ExpireAtLeisure()
    {
        if (_time.GetTimestamp() < _nextScan)
        {
            return;
        }

        long began = _time.GetTimestamp();
        ExpireFlows();
        long ended = _time.GetTimestamp();
        _nextScan = ended + ((ended - began) * LeisureOfScan);
    }

    /// <summary>Scans both flow tables once; ids of removed paths become free. The plane does this itself every period.</summary>
    internal void ExpireFlows()
    {
        ulong scan;
        lock (_turn)
        {
            _writer.Settle();
            scan = _writer.BeginScan();
        }

        _expiry.Scan(_stop.Token);
        lock (_turn)
        {
            _writer.EndScan(scan);
        }

        ForgetHops();
    }

    /// <summary>Pods to which no path leads any more are followed until the next period without a change: each one costs time.</summary>
    private void ForgetHops()
    {
        if (_driver is null || !_applying.TryEnter())
        {
            return;
        }

        try
        {
            _driver.ForgetUnused();
        }
        finally
        {
            _applying.Exit();
        }
    }

    private void RepairMaps()
    {
        foreach (string wrong in Path.Repair(_pins))
        {
            _health.Repair("maps", wrong);
        }

        lock (_turn)
        {
            foreach (string wrong in Interfaces.Repair())
            {
                _health.Repair("maps", wrong);
            }

            if (!_settingsWriter.IsWhole)
            {
                _settingsWriter.Rewrite();
                _health.Repair("maps", "the settings were changed");
            }
        }

        if (++_repairs % KeysEveryRepairs == 0)
        {
            RepairKeys();
        }
    }

    /// <summary>
    /// What only the tables' own rows can tell is left to who compares digests; where keys lead is known here, and must not wait until a silo can be reached.
    /// </summary>
    private void RepairKeys()
    {
        List<string> wrong;
        lock (_turn)
        {
            wrong = _writer.RepairKeys();
        }

        wrong.ForEach(each => _health.Repair("maps", each));
    }
}
