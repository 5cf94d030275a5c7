using Orleans.Cn2.Testing.Packets.Fixtures;

namespace Orleans.Cn2.Forwarding.Tests.Packets;

public sealed class PacketFixtureTests
{
    public static TheoryData<string> Names => [.. PacketFixtures.All.Select(fixture => fixture.ToString())];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Managed_Fixture_ComesOutAsWritten(string name)
    {
        await using ManagedEngine engine = new();

        string? failure = PacketFixtures.All.Single(fixture => fixture.ToString() == name).Run(engine);

        Assert.Null(failure);
    }
}
