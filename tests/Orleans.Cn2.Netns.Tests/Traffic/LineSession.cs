using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Orleans.Cn2.Lab.Namespaces;

namespace Orleans.Cn2.Netns.Tests.Traffic;

/// <summary>
/// A long-lived connection, as of ssh: a line goes out every few milliseconds, and the echo server's answer must come back on it, always from the same pod.
/// </summary>
internal sealed class LineSession : IAsyncDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private readonly string _label;
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource<string> _pod = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _talking;
    private int _answers;

    private LineSession(string label, string networkNamespace, IPEndPoint server)
    {
        _label = label;
        _talking = Task.Run(() => TalkAsync(networkNamespace, server));
    }

    /// <inheritdoc/>
    public override string ToString() => $"{_label}: {Answers} lines answered, {_talking.Status}";

    /// <summary>Lines answered so far.</summary>
    public int Answers => Volatile.Read(ref _answers);

    /// <summary>The pod that answers.</summary>
    public Task<string> PodAsync() => _pod.Task;

    /// <summary>Opens it; returns when the first line is answered.</summary>
    public static async Task<LineSession> OpenAsync(string label, string networkNamespace, IPEndPoint server)
    {
        LineSession session = new(label, networkNamespace, server);
        await await Task.WhenAny(session._pod.Task, session._talking);
        return session;
    }

    /// <summary>Ends it; fails where a line was not answered as it must be.</summary>
    public async Task EndAsync()
    {
        await _end.CancelAsync();
        await _talking;
    }

    /// <summary>Ends it, whatever came of it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _talking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task TalkAsync(string networkNamespace, IPEndPoint server)
    {
        using Socket socket = Open(networkNamespace, server);
        int line = 0;
        try
        {
            await socket.ConnectAsync(server);
            using StreamReader reader = new(new NetworkStream(socket, ownsSocket: false));
            using PeriodicTimer pace = new(Pace);
            while (!_end.IsCancellationRequested)
            {
                line++;
                await socket.SendAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"line-{line}\n")));
                string answer = await reader.ReadLineAsync().WaitAsync(Bound) ?? throw new IOException("the connection was closed");
                string pod = answer.Split(' ')[0];
                _pod.TrySetResult(pod);
                Assert.Equal(await _pod.Task, pod);
                Assert.EndsWith(string.Create(CultureInfo.InvariantCulture, $" echo=line-{line}"), answer, StringComparison.Ordinal);
                Volatile.Write(ref _answers, line);
                await pace.WaitForNextTickAsync();
            }
        }
        catch (Exception failure) when (failure is SocketException or IOException or TimeoutException)
        {
            Assert.Fail($"{_label}: line {line} to {server}: {failure.Message}");
        }
    }

    private static Socket Open(string networkNamespace, IPEndPoint server)
    {
        using NetworkNamespace ns = NetworkNamespace.Open(networkNamespace);
        Socket socket = ns.CreateSocket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.NoDelay = true;
        return socket;
    }
}
