using System.Net;

namespace Orleans.Cn2.Lab.Echo;

/// <summary>The one line that every answer consists of.</summary>
internal static class EchoAnswer
{
    public static string Line(string pod, string protocol, EndPoint? local, EndPoint? peer, string? echo)
    {
        string line = $"pod={pod} proto={protocol} local={local} peer={peer}";
        return echo is null ? line + "\n" : $"{line} echo={echo}\n";
    }
}
