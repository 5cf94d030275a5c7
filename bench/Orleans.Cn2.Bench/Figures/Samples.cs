namespace Orleans.Cn2.Bench.Figures;

/// <summary>What the rounds of one figure gave: the median stands for them, the quartiles say how far they spread.</summary>
internal sealed class Samples
{
    private readonly double[] _sorted;

    public Samples(IEnumerable<double> values)
    {
        _sorted = [.. values.Order()];
        if (_sorted.Length == 0)
        {
            throw new ArgumentException("a figure needs a round at least", nameof(values));
        }
    }

    public int Count => _sorted.Length;

    public double Median => At(0.5);

    public double LowerQuartile => At(0.25);

    public double UpperQuartile => At(0.75);

    /// <summary>The value below which this share of the rounds lies, between neighbours by proportion.</summary>
    public double At(double share)
    {
        double position = share * (_sorted.Length - 1);
        int below = (int)position;
        int above = Math.Min(below + 1, _sorted.Length - 1);
        return _sorted[below] + ((position - below) * (_sorted[above] - _sorted[below]));
    }

    /// <summary>Each round changed alike.</summary>
    public Samples Map(Func<double, double> change) => new(_sorted.Select(change));

    public static Samples Of(double value) => new([value]);
}
