namespace Orleans.Cn2.Netns.Tests.Matrix;

[Collection(EbpfLab.Name)]
public sealed class EbpfDisturbanceTests(EbpfLab lab) : DisturbanceTests(lab)
{
    public static TheoryData<string> Disturbances => ["scaling", "rolling update", "worker", "silo"];

    [Theory]
    [MemberData(nameof(Disturbances))]
    public Task Traffic_ThroughADisturbance_NoResetNoFailedRequestNoWrongByte(string disturbance) => ThroughAsync(disturbance);

    [Fact]
    public Task Traffic_ThroughTheDrainingOfANode_NoResetNoFailedRequestNoWrongByte() => ThroughADrainAsync();
}
