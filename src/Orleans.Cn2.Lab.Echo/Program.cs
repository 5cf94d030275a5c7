using System.Net.Sockets;
using System.Runtime.InteropServices;
using Orleans.Cn2.Lab.Echo;

// cn2-echo --pod NAME --ports FILE [--address IP]... [--ready FILE]; SIGHUP reads FILE again and binds what was added to it.
try
{
    EchoOptions options = EchoOptions.Parse(args);
    using CancellationTokenSource end = new();
    EchoServers servers = new(options, end.Token);
    using PosixSignalRegistration onTerm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
    {
        context.Cancel = true;
        end.Cancel();
    });

    // Before the file is read first: a change of it is met by that reading or by the signal.
    using PosixSignalRegistration onHangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
    {
        context.Cancel = true;
        try
        {
            servers.Open();
        }
        catch (Exception e) when (e is SocketException or IOException or ArgumentException or UnauthorizedAccessException)
        {
            // What is open serves on; the ready file goes on without the new port, and the log says why.
            Console.Error.WriteLine($"cn2-echo: {e.Message}");
        }
    });
    servers.Open();
    await await Task.WhenAny(servers.Ended, Task.Delay(Timeout.Infinite, end.Token));
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
