namespace Orleans.Cn2.Netns.Tests.Matrix;

/// <summary>Flows end with a worker of the managed engine, so that is no mere disturbance.</summary>
[Collection(ManagedLab.Name)]
public sealed class ManagedDisturbanceTests(ManagedLab lab) : DisturbanceTests(lab)
{
    [Fact]
    public Task Traffic_ThroughTheEndOfTheSilo_NoResetNoFailedRequestNoWrongByte() => ThroughAsync("silo");
}
