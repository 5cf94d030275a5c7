using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Orleans.Cn2.Lab.Namespaces;

namespace Orleans.Cn2.Lab.Traffic;

/// <summary>An answer: status and body.</summary>
internal sealed record HttpAnswer(int Status, string Body, bool KeepAlive);

/// <summary>A request that failed; the message is the short reason that reports count by.</summary>
internal sealed class TrafficException(string reason, Exception? inner = null) : Exception(reason, inner);

/// <summary>An HTTP/1.1 connection (RFC 9112) on a socket of a network namespace, without retries or pooling.</summary>
internal sealed class HttpConnection : IAsyncDisposable
{
    private const int BufferSize = 16 * 1024;

    private readonly Socket _socket;
    private readonly IPEndPoint _destination;
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _start;
    private int _end;

    private HttpConnection(Socket socket, IPEndPoint destination) => (_socket, _destination) = (socket, destination);

    public static async Task<HttpConnection> OpenAsync(
        NetworkNamespace? ns, IPEndPoint destination, IPAddress? source, CancellationToken cancellationToken)
    {
        Socket socket = ns is null
            ? new(destination.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
            : ns.CreateSocket(destination.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            if (source is not null)
            {
                socket.Bind(new IPEndPoint(source, 0));
            }

            await socket.ConnectAsync(destination, cancellationToken);
            return new(socket, destination);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new TrafficException($"connect: {e.SocketErrorCode}", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async Task<HttpAnswer> GetAsync(string path, bool keepAlive, CancellationToken cancellationToken)
    {
        try
        {
            await _socket.SendAsync(Encoding.ASCII.GetBytes(
                $"GET {path} HTTP/1.1\r\nHost: {_destination}\r\nConnection: {(keepAlive ? "keep-alive" : "close")}\r\n\r\n"),
                cancellationToken);
            return await ReadAnswerAsync(cancellationToken);
        }
        catch (SocketException e)
        {
            throw new TrafficException($"exchange: {e.SocketErrorCode}", e);
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<HttpAnswer> ReadAnswerAsync(CancellationToken cancellationToken)
    {
        string[] parts = (await ReadLineAsync(cancellationToken)).Split(' ', 3);
        if (parts.Length < 2 || !parts[0].StartsWith("HTTP/1.", StringComparison.Ordinal)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int status))
        {
            throw new TrafficException("answer is no HTTP");
        }

        bool keepAlive = parts[0] == "HTTP/1.1";
        bool chunked = false;
        long? length = null;
        while (await ReadLineAsync(cancellationToken) is { Length: > 0 } header)
        {
            string[] field = header.Split(':', 2);
            string value = field.Length == 2 ? field[1].Trim() : "";
            switch (field[0].ToLowerInvariant())
            {
                case "content-length":
                    length = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long n)
                        ? n : throw new TrafficException("answer has a bad Content-Length");
                    break;
                case "transfer-encoding":
                    chunked = value.EndsWith("chunked", StringComparison.OrdinalIgnoreCase);
                    break;
                case "connection":
                    keepAlive &= !value.Equals("close", StringComparison.OrdinalIgnoreCase);
                    break;
            }
        }

        using MemoryStream body = new();
        if (chunked)
        {
            await ReadChunksAsync(body, cancellationToken);
        }
        else
        {
            await ReadBodyAsync(body, length, cancellationToken);
        }

        return new(status, Encoding.UTF8.GetString(body.ToArray()), keepAlive && (chunked || length is not null));
    }

    private async Task ReadChunksAsync(MemoryStream body, CancellationToken cancellationToken)
    {
        while (true)
        {
            string size = (await ReadLineAsync(cancellationToken)).Split(';')[0].Trim();
            if (!long.TryParse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long count))
            {
                throw new TrafficException("answer has a bad chunk size");
            }

            if (count == 0)
            {
                while ((await ReadLineAsync(cancellationToken)).Length > 0)
                {
                }

                return;
            }

            await ReadBodyAsync(body, count, cancellationToken);
            await ReadLineAsync(cancellationToken);
        }
    }

    /// <summary>So many bytes, or without a length all until the end.</summary>
    private async Task ReadBodyAsync(MemoryStream body, long? length, CancellationToken cancellationToken)
    {
        for (long left = length ?? long.MaxValue; left > 0;)
        {
            if (_start == _end && !await FillAsync(cancellationToken))
            {
                if (length is null)
                {
                    return;
                }

                throw new TrafficException("answer ends early");
            }

            int taken = (int)Math.Min(left, _end - _start);
            body.Write(_buffer, _start, taken);
            _start += taken;
            left -= taken;
        }
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            int at = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (at >= 0)
            {
                string line = Encoding.ASCII.GetString(_buffer, _start, at).TrimEnd('\r');
                _start += at + 1;
                return line;
            }

            if (_end - _start == BufferSize)
            {
                throw new TrafficException("answer has a line that is too long");
            }

            if (!await FillAsync(cancellationToken))
            {
                throw new TrafficException("answer ends early");
            }
        }
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        int got = await _socket.ReceiveAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += got;
        return got > 0;
    }
}
