namespace Orleans.Cn2.Core.Vmis;

/// <summary>
/// What is known of a VMI's health, as told: <see langword="null"/> is "not said", which stays apart from false so that a partial update can change one
/// condition and leave the rest to follow.
/// </summary>
/// <param name="Ready">Whether it takes new flows. Not said: true.</param>
/// <param name="Serving">Whether it answers, terminating or not. Not said: as <paramref name="Ready"/>; who is only said to be not ready does not serve.</param>
/// <param name="Terminating">Whether it is being shut down. Not said: false.</param>
[GenerateSerializer, Immutable]
public readonly record struct VmiConditions(
    [property: Id(0)] bool? Ready,
    [property: Id(1)] bool? Serving,
    [property: Id(2)] bool? Terminating)
{
    /// <summary>It answers.</summary>
    public bool IsServing => Serving ?? Ready ?? true;

    /// <summary>It is being shut down.</summary>
    public bool IsTerminating => Terminating ?? false;

    /// <summary>It takes new flows: ready, serving and not terminating.</summary>
    public bool IsReady => (Ready ?? true) && IsServing && !IsTerminating;
}
