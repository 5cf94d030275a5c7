using System.Net;
using System.Net.Sockets;

namespace Orleans.Cn2.Testing.Processes;

/// <summary>Ports of the loopback on which nobody listens now.</summary>
public static class FreePorts
{
    /// <summary>Different ports, as many as asked for.</summary>
    public static int[] Take(int count)
    {
        TcpListener[] held = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        Array.ForEach(held, listener => listener.Start());
        int[] ports = [.. held.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        Array.ForEach(held, listener => listener.Stop());
        return ports;
    }
}
