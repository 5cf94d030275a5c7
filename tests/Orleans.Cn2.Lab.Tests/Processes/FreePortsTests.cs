using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Orleans.Cn2.Lab.Processes;

namespace Orleans.Cn2.Lab.Tests.Processes;

public sealed class FreePortsTests
{
    [Fact]
    public void Take_Many_AreDifferentAndNoneTheKernelGivesToConnections()
    {
        int ephemeral = int.Parse(File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split('\t', ' ')[0], CultureInfo.InvariantCulture);

        int[] ports = [.. FreePorts.Take(100), .. FreePorts.Take(100)];

        Assert.Equal(200, ports.Distinct().Count());
        Assert.All(ports, port => Assert.InRange(port, 1_024, ephemeral - 1));
    }

    [Fact]
    public void Take_PortsAreInUse_PassesOverThem()
    {
        int first = FreePorts.Take(1)[0];
        TcpListener[] held = [.. Enumerable.Range(first + 1, 20).Select(Listen).OfType<TcpListener>()];

        int[] ports = FreePorts.Take(30);

        Assert.NotEmpty(held);
        Assert.Empty(held.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).Intersect(ports));
        Array.ForEach(held, listener => listener.Dispose());
    }

    private static TcpListener? Listen(int port)
    {
        TcpListener listener = new(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            // Another's.
            listener.Dispose();
            return null;
        }
    }
}
