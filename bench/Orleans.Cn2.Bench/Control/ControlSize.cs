namespace Orleans.Cn2.Bench.Control;

/// <summary>How much a full control plane holds.</summary>
/// <param name="Services">Dual-stack Services.</param>
/// <param name="Vmis">VMIs of each, its own.</param>
/// <param name="Workers">Nodes, which the VMIs are spread over, with a worker each.</param>
internal sealed record ControlSize(int Services, int Vmis, int Workers);
