using System.Text;

namespace Orleans.Cn2.Lab.Echo;

/// <summary>Reads lines and counted bytes from one stream through one buffer.</summary>
internal sealed class LineReader(Stream stream)
{
    private const int Limit = 64 * 1024;

    private readonly byte[] _buffer = new byte[Limit];
    private int _start;
    private int _end;

    /// <summary>The next line without its end; null when the stream ended.</summary>
    /// <exception cref="InvalidDataException">The line is longer than the buffer.</exception>
    public async ValueTask<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            int length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                string line = Encoding.UTF8.GetString(_buffer, _start, length).TrimEnd('\r');
                _start += length + 1;
                return line;
            }

            if (!await FillAsync(cancellationToken))
            {
                return null;
            }
        }
    }

    /// <summary>Reads and forgets so many bytes; false when the stream ended before.</summary>
    public async ValueTask<bool> SkipAsync(long count, CancellationToken cancellationToken)
    {
        while (count > 0)
        {
            if (_start == _end && !await FillAsync(cancellationToken))
            {
                return false;
            }

            int taken = (int)Math.Min(count, _end - _start);
            _start += taken;
            count -= taken;
        }

        return true;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == Limit)
        {
            throw new InvalidDataException($"a line is longer than {Limit} bytes");
        }

        int got = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += got;
        return got > 0;
    }
}
