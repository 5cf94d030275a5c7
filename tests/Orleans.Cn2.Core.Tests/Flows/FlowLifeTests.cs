using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Flows;

namespace Orleans.Cn2.Core.Tests.Flows;

public sealed class FlowLifeTests
{
    [Theory]
    [InlineData("a connection that nobody closed is open however long it is silent", "Tcp", "", 9000, true)]
    [InlineData("an association that nobody closed likewise", "Sctp", "", 9000, true)]
    [InlineData("a FIN leaves the other side time to send", "Tcp", "fin", 1.9, true)]
    [InlineData("a FIN and silence", "Tcp", "fin", 2, false)]
    [InlineData("a shutdown and silence", "Sctp", "fin", 2, false)]
    [InlineData("an RST ends it at once", "Tcp", "rst", 0, false)]
    [InlineData("an RST after a FIN", "Tcp", "fin rst", 0, false)]
    [InlineData("datagrams that go on", "Udp", "", 1.9, true)]
    [InlineData("datagrams say no farewell", "Udp", "", 2, false)]
    public void IsOpen_Flow_IsAsStated(string why, string protocol, string seen, double idle, bool expected) => Assert.True(
        expected == FlowLife.IsOpen(
            Enum.Parse<TransportProtocol>(protocol),
            seen.Contains("fin", StringComparison.Ordinal),
            seen.Contains("rst", StringComparison.Ordinal),
            TimeSpan.FromSeconds(idle),
            TimeSpan.FromSeconds(2)),
        why);
}
