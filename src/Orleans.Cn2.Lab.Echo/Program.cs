using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Orleans.Cn2.Lab.Echo;

// cn2-echo --pod NAME [--address IP]... [--ready FILE] [tcp/PORT | udp/PORT]...
try
{
    EchoOptions options = EchoOptions.Parse(args);
    using CancellationTokenSource end = new();
    using PosixSignalRegistration onTerm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
    {
        context.Cancel = true;
        end.Cancel();
    });

    List<Task> servers = [];
    foreach (EchoPort port in options.Ports)
    {
        servers.AddRange(port.Udp
            ? options.Addresses.Select(address => UdpEcho.Start(options.Pod, new IPEndPoint(address, port.Number), end.Token))
            : new[] { IPAddress.Any, IPAddress.IPv6Any }.Select(any => TcpEcho.Start(options.Pod, new IPEndPoint(any, port.Number), end.Token)));
    }

    if (options.ReadyFile is { } file)
    {
        File.WriteAllText(file, "ready\n");
    }

    // Without ports there is nothing to serve; the pod runs all the same.
    servers.Add(Task.Delay(Timeout.Infinite, end.Token));
    Task first = await Task.WhenAny(servers);
    await first;
    return 0;
}
catch (OperationCanceledException)
{
    return 0;
}
catch (Exception e) when (e is SocketException or IOException or ArgumentException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"cn2-echo: {e.Message}");
    return 1;
}
