using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Orleans.Cn2.Lab.Processes;

/// <summary>
/// TCP ports of the loopback on which nobody listens now, for programs that are started a moment later. They are none of those that the kernel gives to
/// outgoing connections (ip_local_port_range): of these one may be in use by then.
/// </summary>
public static class FreePorts
{
    private const string Ephemeral = "/proc/sys/net/ipv4/ip_local_port_range";
    private const int First = 20_000;
    private const int UsualEnd = 32_768;
    private static readonly int End = EphemeralBegin();
    private static int _last = Random.Shared.Next(End - First);

    /// <summary>Different ports, as many as asked for; none of them comes again soon in this process.</summary>
    public static int[] Take(int count)
    {
        List<int> ports = [];
        while (ports.Count < count)
        {
            int port = First + (int)((uint)Interlocked.Increment(ref _last) % (uint)(End - First));
            if (IsFree(port))
            {
                ports.Add(port);
            }
        }

        return [.. ports];
    }

    private static bool IsFree(int port)
    {
        using Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int EphemeralBegin()
    {
        int begin = File.Exists(Ephemeral) ? int.Parse(File.ReadAllText(Ephemeral).Split('\t', ' ')[0], CultureInfo.InvariantCulture) : UsualEnd;
        return begin > First + 1_000 ? begin : UsualEnd;
    }
}
