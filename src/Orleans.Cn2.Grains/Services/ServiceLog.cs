using Microsoft.Extensions.Logging;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Grains.Services;

internal static partial class ServiceLog
{
    [LoggerMessage(1, LogLevel.Warning, "service {Service} knows nothing of its lease of {Address} in subnet {Subnet}; it is given back")]
    public static partial void StrayLease(this ILogger log, string service, IpAddress address, string subnet);

    [LoggerMessage(2, LogLevel.Warning, "service {Service}: {Operation} was interrupted and is finished or undone soon: {Cause}")]
    public static partial void StepFailed(this ILogger log, string service, string operation, string cause);

    [LoggerMessage(3, LogLevel.Warning, "service {Service}: claims of a failed change are given back later: {Cause}")]
    public static partial void UndoPostponed(this ILogger log, string service, string cause);

    [LoggerMessage(4, LogLevel.Warning, "service {Service} is gone and stays on its shard's list until the shard asks again: {Cause}")]
    public static partial void StaysListed(this ILogger log, string service, string cause);
}
