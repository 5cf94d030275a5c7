using System.Net.Sockets;
using Orleans.Cn2.Lab.Namespaces;
using Orleans.Cn2.Testing.Netns;

namespace Orleans.Cn2.Testing.Processes;

/// <summary>
/// A network between silos: each has a namespace and an address of its own, and can be cut off from the others. Callers and the store are reached by unix
/// sockets, which no cut touches: a silo that is cut off goes on to take calls and to write, and must find out for itself that the others gave it up.
/// </summary>
public sealed class SiloNetwork : IDisposable
{
    private const string Hub = "hub";
    private readonly TestNetwork _net;
    private readonly ScratchFolder _sockets = new();
    private readonly Dictionary<string, SiloPlace> _places = [];

    /// <param name="prefix">Begins the names of the namespaces, and no other test's.</param>
    public SiloNetwork(string prefix)
    {
        _net = new TestNetwork(prefix);
        _net.Add(Hub);
        _net.Ip(Hub, "link add switch type bridge", "link set switch up");
    }

    /// <summary>Where the silo of a name runs; made when it is first asked for.</summary>
    public SiloPlace this[string name] => _places.TryGetValue(name, out SiloPlace? place) ? place : _places[name] = Make(name);

    /// <summary>Cuts a silo off: what it sends to others and they to it is lost.</summary>
    public void Cut(string name) => _net.Ip(Hub, $"link set to-{name} down");

    /// <summary>Ends <see cref="Cut"/>.</summary>
    public void Join(string name) => _net.Ip(Hub, $"link set to-{name} up");

    public void Dispose()
    {
        foreach (SiloPlace place in _places.Values)
        {
            place.Http.Dispose();
        }

        _net.Dispose();
        _sockets.Dispose();
    }

    private SiloPlace Make(string name)
    {
        string address = $"10.11.0.{_places.Count + 1}";
        _net.Add(name);
        _net.Veth(Hub, $"to-{name}", name, "eth0");
        _net.Ip(Hub, $"link set to-{name} master switch");
        _net.Ip(name, $"addr add {address}/24 dev eth0");
        NetworkNamespace there = _net.In(name);
        HttpClient http = new(new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellation) =>
            {
                Socket socket = there.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
                try
                {
                    await socket.ConnectAsync(context.DnsEndPoint, cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        }) { Timeout = TimeSpan.FromSeconds(5) };
        return new SiloPlace(["nsenter", "--net=" + Path.Combine(NetworkNamespace.Root, _net.Name(name)), "--"], address, _sockets.Of(name), http);
    }
}

/// <summary>Where a silo runs.</summary>
/// <param name="Enter">Command that runs another one there.</param>
/// <param name="Address">Where other silos reach it.</param>
/// <param name="Socket">Unix socket of its gRPC.</param>
/// <param name="Http">Reaches what it serves on its own loopback.</param>
public sealed record SiloPlace(IReadOnlyList<string> Enter, string Address, string Socket, HttpClient Http);
