using Orleans.Cn2.Testing.Packets.Fixtures;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;

public sealed class PacketFixtureTests(PacketFixtureTests.Engine shared) : IClassFixture<PacketFixtureTests.Engine>
{
    public static TheoryData<string> Names => [.. PacketFixtures.All.Select(fixture => fixture.ToString())];

    [Theory]
    [MemberData(nameof(Names))]
    public void Programs_PacketsOfTheSpec_AnswerAsWritten(string name)
    {
        string? failure = PacketFixtures.All.Single(fixture => fixture.ToString() == name).Run(shared.Ebpf);

        Assert.True(failure is null, failure);
    }

    /// <summary>One set of maps and programs for all fixtures.</summary>
    public sealed class Engine : IAsyncDisposable
    {
        public EbpfEngine Ebpf { get; } = new("bpf-fix");

        public ValueTask DisposeAsync() => Ebpf.DisposeAsync();
    }
}
