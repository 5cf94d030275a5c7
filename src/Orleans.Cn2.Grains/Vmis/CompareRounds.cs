namespace Orleans.Cn2.Grains.Vmis;

/// <summary>
/// Which nodes a namespace compares itself with next. All are within so many periods: sooner after the start, when a former activation may still be told what this
/// one is not.
/// </summary>
internal sealed class CompareRounds
{
    private const int FirstRound = 120;
    private const int LaterRounds = 600;
    private readonly Queue<string> _next = [];
    private int _rounds;

    /// <summary>Those of this period.</summary>
    public string[] Next(IReadOnlyCollection<string> nodes)
    {
        if (_next.Count == 0)
        {
            _rounds++;
            foreach (string name in nodes)
            {
                _next.Enqueue(name);
            }
        }

        int slice = Math.Min(1 + (nodes.Count / (_rounds == 1 ? FirstRound : LaterRounds)), _next.Count);
        return [.. Enumerable.Range(0, slice).Select(_ => _next.Dequeue())];
    }
}
