using System.Net;

namespace Orleans.Cn2.Lab.Echo;

/// <summary>The servers of all ports; ports that are asked for later join those that are open.</summary>
internal sealed class EchoServers(EchoOptions options, CancellationToken end)
{
    private readonly Lock _lock = new();
    private readonly HashSet<EchoPort> _open = [];
    private readonly TaskCompletionSource _ended = new();

    /// <summary>Ends with the first server that does.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Binds the ports that the file names and that are not open yet, and tells by the ready file what is open.</summary>
    public void Open()
    {
        lock (_lock)
        {
            foreach (EchoPort port in options.ReadPorts().Where(port => !_open.Contains(port)))
            {
                Task[] servers = port.Udp
                    ? [.. options.Addresses.Select(address => UdpEcho.Start(options.Pod, new IPEndPoint(address, port.Number), end))]
                    : [.. new[] { IPAddress.Any, IPAddress.IPv6Any }.Select(any => TcpEcho.Start(options.Pod, new IPEndPoint(any, port.Number), end))];
                _open.Add(port);
                foreach (Task server in servers)
                {
                    _ = server.ContinueWith(_ended.TrySetFromTask, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                }
            }

            if (options.ReadyFile is { } file)
            {
                // Replaced whole, so that a reader never meets half of it.
                File.WriteAllLines(file + ".new", _open.Select(port => port.ToString()));
                File.Move(file + ".new", file, overwrite: true);
            }
        }
    }
}
