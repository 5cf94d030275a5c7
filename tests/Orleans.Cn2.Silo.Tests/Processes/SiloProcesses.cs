namespace Orleans.Cn2.Silo.Tests.Processes;

/// <summary>Tests that start silos by the handful: one after the other, and beside nothing else, or they time each other out.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SiloProcesses
{
    public const string Name = "silo processes";
}
