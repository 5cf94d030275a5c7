namespace Orleans.Cn2.Core.Vmis;

/// <summary>How a VMI came, changed or went; at least one side is given.</summary>
/// <param name="Before">As it was; <see langword="null"/>: it is new.</param>
/// <param name="After">As it is; <see langword="null"/>: it was deregistered.</param>
[GenerateSerializer, Immutable]
public sealed record VmiChange([property: Id(0)] Vmi? Before, [property: Id(1)] Vmi? After)
{
    /// <summary>Whom it is about.</summary>
    public NamespacedName Name => (After ?? Before ?? throw new InvalidOperationException("a change of no VMI")).Name;

    /// <summary>False when nothing that a table may hold is different.</summary>
    public bool IsEmpty => Before == After;

    /// <summary>True when services may begin or cease to select it; else only its present services are concerned.</summary>
    public bool ChangesSelection => Before is null || After is null || Before.Uid != After.Uid || !Before.Labels.Equals(After.Labels);
}
