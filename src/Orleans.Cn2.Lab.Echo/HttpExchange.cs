using System.Globalization;
using System.Text;

namespace Orleans.Cn2.Lab.Echo;

/// <summary>As much of HTTP/1.1 (RFC 9112) as an echo needs: any method, a body skipped, connections kept.</summary>
internal static class HttpExchange
{
    public static bool IsRequestLine(string line)
    {
        string[] parts = line.Split(' ');
        return parts is [{ Length: > 0 } method, { Length: > 0 }, "HTTP/1.0" or "HTTP/1.1"] && method.All(char.IsAsciiLetterUpper);
    }

    /// <summary>Reads the rest of the request and answers; true when the connection stays open.</summary>
    public static async Task<bool> AnswerAsync(
        string requestLine, string body, LineReader reader, Stream stream, CancellationToken cancellationToken)
    {
        bool keep = requestLine.EndsWith("1.1", StringComparison.Ordinal);
        bool chunked = false;
        bool proceed = false;
        long length = 0;
        while (true)
        {
            string? header = await reader.ReadLineAsync(cancellationToken);
            if (header is null)
            {
                return false;
            }

            if (header.Length == 0)
            {
                break;
            }

            int colon = header.IndexOf(':');
            string name = colon < 0 ? "" : header[..colon];
            string value = colon < 0 ? "" : header[(colon + 1)..].Trim();
            if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)
                && !long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out length))
            {
                await WriteAsync("400 Bad Request", "Content-Length is no number\n", false, false);
                return false;
            }

            chunked |= name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)
                && value.EndsWith("chunked", StringComparison.OrdinalIgnoreCase);
            proceed |= name.Equals("Expect", StringComparison.OrdinalIgnoreCase);
            if (name.Equals("Connection", StringComparison.OrdinalIgnoreCase))
            {
                keep = keep ? !value.Contains("close", StringComparison.OrdinalIgnoreCase)
                    : value.Contains("keep-alive", StringComparison.OrdinalIgnoreCase);
            }
        }

        if (proceed)
        {
            await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), cancellationToken);
        }

        if (!(chunked ? await SkipChunksAsync(reader, cancellationToken) : await reader.SkipAsync(length, cancellationToken)))
        {
            return false;
        }

        await WriteAsync("200 OK", body, keep, requestLine.StartsWith("HEAD ", StringComparison.Ordinal));
        return keep;

        ValueTask WriteAsync(string status, string text, bool open, bool headOnly) => stream.WriteAsync(Encoding.UTF8.GetBytes(
            $"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {Encoding.UTF8.GetByteCount(text)}\r\n"
            + $"Connection: {(open ? "keep-alive" : "close")}\r\n\r\n{(headOnly ? "" : text)}"), cancellationToken);
    }

    private static async Task<bool> SkipChunksAsync(LineReader reader, CancellationToken cancellationToken)
    {
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            string size = line.Split(';')[0].Trim();
            if (!long.TryParse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long count))
            {
                throw new InvalidDataException($"'{size}' is no chunk size");
            }

            if (count == 0)
            {
                while (await reader.ReadLineAsync(cancellationToken) is { } trailer)
                {
                    if (trailer.Length == 0)
                    {
                        return true;
                    }
                }

                return false;
            }

            if (!await reader.SkipAsync(count, cancellationToken) || await reader.ReadLineAsync(cancellationToken) is not "")
            {
                return false;
            }
        }

        return false;
    }
}
