namespace Orleans.Cn2.Netns.Tests.Matrix;

/// <summary>Flows end with a worker of the managed engine, so that is no mere disturbance.</summary>
[Collection(ManagedLab.Name)]
public sealed class ManagedDisturbanceTests(ManagedLab lab) : DisturbanceTests(lab)
{
    public static TheoryData<string> Disturbances => ["rolling update", "silo"];

    [Theory]
    [MemberData(nameof(Disturbances))]
    public Task Traffic_ThroughADisturbance_NoResetNoFailedRequestNoWrongByte(string disturbance) => ThroughAsync(disturbance);

    [Fact]
    public Task Traffic_ThroughTheDrainingOfANode_NoResetNoFailedRequestNoWrongByte() => ThroughADrainAsync();
}
