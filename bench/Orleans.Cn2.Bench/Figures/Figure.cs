using System.Globalization;

namespace Orleans.Cn2.Bench.Figures;

/// <summary>Which side of its target a figure must be on.</summary>
internal enum Better
{
    Lower,
    Higher,
}

/// <summary>One measured figure: a median, beside what a peer took in the same run, and the target it is held to.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Samples">All rounds.</param>
/// <param name="Unit">Of <paramref name="Samples"/>.</param>
/// <param name="Peer">What it is compared with, or null.</param>
/// <param name="PeerSamples">The peer's rounds, same unit; empty without a peer.</param>
/// <param name="Target">Bound of the ratio to the peer, or of the value where there is no peer; null where the figure is for information.</param>
/// <param name="Better">Which way is better.</param>
internal sealed record Figure(
    string Name, Samples Samples, string Unit, string? Peer = null, Samples? PeerSamples = null, double? Target = null, Better Better = Better.Lower)
{
    public double Value => Samples.Median;

    /// <summary>Value by the peer's value; null without a peer.</summary>
    public double? Ratio => PeerSamples is null ? null : Value / PeerSamples.Median;

    /// <summary>Null where there is no target.</summary>
    public bool? IsMet => Target is not { } target ? null
        : Better == Better.Lower ? (Ratio ?? Value) <= target
        : (Ratio ?? Value) >= target;

    public string TargetText => Target is not { } target ? ""
        : $"{(Better == Better.Lower ? "<=" : ">=")} {target.ToString("0.###", CultureInfo.InvariantCulture)}{(Peer is null ? " " + Unit : "x")}";
}
