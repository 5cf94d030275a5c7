using Orleans.Cn2.Core;

namespace Orleans.Cn2.Grains.Vmis;

/// <summary>
/// Hints to Services that their members changed. One may be lost: it is repeated until the Service has dealt with it, or has asked for its members again. A
/// Service that has published members of this version has dealt with it, whatever becomes of its activation: the next one publishes anew.
/// </summary>
/// <param name="send">Tells a Service of a version of its members, and ends when it has dealt with that; fails when it has not.</param>
internal sealed class ServiceHints(Func<NamespacedName, ulong, Task> send)
{
    private readonly Dictionary<NamespacedName, ulong> _unanswered = [];
    private readonly HashSet<NamespacedName> _underWay = [];

    /// <summary>True when every Service that was told has asked for its members since.</summary>
    public bool AreAnswered => _unanswered.Count == 0;

    /// <summary>Tells Services of a version of the namespace.</summary>
    public void Send(IEnumerable<NamespacedName> services, ulong version)
    {
        foreach (NamespacedName each in services)
        {
            _unanswered[each] = version;
            SendAsync(each, version).Ignore();
        }
    }

    /// <summary>Sends anew what was neither answered nor is under way.</summary>
    public void Repeat()
    {
        foreach ((NamespacedName each, ulong version) in _unanswered.Where(hint => !_underWay.Contains(hint.Key)))
        {
            SendAsync(each, version).Ignore();
        }
    }

    /// <summary>The Service has asked for its members, or needs them no more.</summary>
    public void Answered(NamespacedName each) => _unanswered.Remove(each);

    private async Task SendAsync(NamespacedName each, ulong version)
    {
        bool first = _underWay.Add(each);
        try
        {
            await send(each, version);

            // A newer version was not asked for by this one.
            if (_unanswered.TryGetValue(each, out ulong newest) && newest == version)
            {
                _unanswered.Remove(each);
            }
        }
        finally
        {
            if (first)
            {
                _underWay.Remove(each);
            }
        }
    }
}
