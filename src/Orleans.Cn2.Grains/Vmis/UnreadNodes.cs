namespace Orleans.Cn2.Grains.Vmis;

/// <summary>
/// Nodes whose VMIs a namespace could not read when it started. They keep nothing back that does not concern them, and nobody is told that a VMI is gone which may be
/// theirs. They are asked again until they answer.
/// </summary>
/// <param name="read">Reads a node.</param>
internal sealed class UnreadNodes(Func<string, Task> read)
{
    private readonly HashSet<string> _names = [];
    private readonly HashSet<string> _asked = [];
    private readonly HashSet<string> _answered = [];
    private readonly HashSet<ulong> _removed = [];

    /// <summary>True while there are any.</summary>
    public bool Any => _names.Count > 0;

    /// <summary>Their names, for a message.</summary>
    public string Names => string.Join(", ", _names.Order(StringComparer.Ordinal).Select(name => $"\"{name}\""));

    /// <summary>Notes a node.</summary>
    public void Add(string node) => _names.Add(node);

    /// <summary>The node was read, or is no more.</summary>
    public void Remove(string node)
    {
        _names.Remove(node);
        _answered.Remove(node);
        if (!Any)
        {
            _removed.Clear();
        }
    }

    /// <summary>A VMI was removed meanwhile: that one is gone.</summary>
    public void Removed(ulong vmi)
    {
        if (Any)
        {
            _removed.Add(vmi);
        }
    }

    /// <summary>True where a VMI that the namespace does not have may be one of theirs.</summary>
    public bool MayHave(ulong vmi) => Any && !_removed.Contains(vmi);

    /// <summary>Asks those that did not answer yet.</summary>
    public void Ask()
    {
        foreach (string node in _names.Where(node => !_answered.Contains(node) && !_asked.Contains(node)).ToArray())
        {
            AskAsync(node).Ignore();
        }
    }

    /// <summary>Those that answer by now.</summary>
    public string[] TakeAnswered()
    {
        string[] answered = [.. _answered];
        _answered.Clear();
        return answered;
    }

    private async Task AskAsync(string node)
    {
        _asked.Add(node);
        try
        {
            await read(node);
            _answered.Add(node);
        }
        finally
        {
            _asked.Remove(node);
        }
    }
}
