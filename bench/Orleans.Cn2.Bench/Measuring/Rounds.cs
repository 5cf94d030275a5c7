using Orleans.Cn2.Bench.Figures;

namespace Orleans.Cn2.Bench.Measuring;

/// <summary>Values gathered over interleaved rounds, by contestant.</summary>
internal sealed class Rounds
{
    private readonly Dictionary<string, List<double>> _values = [];

    public void Add(string name, double value)
    {
        if (!_values.TryGetValue(name, out List<double>? values))
        {
            _values[name] = values = [];
        }

        values.Add(value);
    }

    public void Clear() => _values.Clear();

    public Samples Of(string name) => new(_values[name]);
}
