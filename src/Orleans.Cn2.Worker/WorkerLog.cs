using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Southbound;
using Orleans.Cn2.Transport;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Worker;

internal static partial class WorkerLog
{
    [LoggerMessage(1, LogLevel.Information, "connected to {Silo}")]
    public static partial void Connected(this ILogger log, Cn2Endpoint silo);

    [LoggerMessage(2, LogLevel.Warning, "stream to {Silo} ended: {Cause}; forwarding goes on, trying the next silo")]
    public static partial void Disconnected(this ILogger log, Cn2Endpoint silo, string cause);

    [LoggerMessage(3, LogLevel.Warning, "the silo says goodbye: {Reason}")]
    public static partial void Goodbye(this ILogger log, string reason);

    [LoggerMessage(4, LogLevel.Error, "a newer worker of node {Node} took over from boot {Boot}; stopping")]
    public static partial void Superseded(this ILogger log, string node, ulong boot);

    [LoggerMessage(5, LogLevel.Error, "service {Service} is not programmed: {Cause}; its previous state serves on")]
    public static partial void Rejected(this ILogger log, NamespacedName service, string cause);

    // 6 was a shard that differs; it is a fault of the part "tables" now.

    [LoggerMessage(7, LogLevel.Warning, "message of unknown kind {Kind} ignored")]
    public static partial void UnknownMessage(this ILogger log, Proto.ControlMessage.MessageOneofCase kind);

    [LoggerMessage(8, LogLevel.Information, "vrouter of node {Node}, boot {Boot}, engine {Engine}, mode {Mode}")]
    public static partial void Started(this ILogger log, string node, ulong boot, string engine, string mode);

    [LoggerMessage(9, LogLevel.Information, "stopping; {Forwarding}")]
    public static partial void Stopping(this ILogger log, string forwarding);

    [LoggerMessage(10, LogLevel.Error, "{Part} failed: {Cause}; trying again")]
    public static partial void Faulted(this ILogger log, string part, string cause, Exception? failure);

    [LoggerMessage(11, LogLevel.Information, "{Part} works again")]
    public static partial void Recovered(this ILogger log, string part);

    [LoggerMessage(12, LogLevel.Warning, "{Part}: {Repair}; put right")]
    public static partial void Repaired(this ILogger log, string part, string repair);

    [LoggerMessage(13, LogLevel.Error, "the silo speaks protocol {Protocol}, this worker {Own}: update the older of the two")]
    public static partial void UnknownProtocol(this ILogger log, uint protocol, ProtocolRange own);

    [LoggerMessage(14, LogLevel.Information, "service {Service} is programmed now")]
    public static partial void Accepted(this ILogger log, NamespacedName service);
}
