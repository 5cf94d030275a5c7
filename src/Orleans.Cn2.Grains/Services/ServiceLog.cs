using Microsoft.Extensions.Logging;
using Orleans.Cn2.Core;
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

    [LoggerMessage(5, LogLevel.Warning, "service {Service} had no lease of its {Address} in subnet {Subnet}; it is leased again")]
    public static partial void LeaseMissing(this ILogger log, NamespacedName service, IpAddress address, string subnet);

    [LoggerMessage(6, LogLevel.Error, "service {Service} has {Address} without a lease in subnet {Subnet}, where it can't be leased again: {Holder}; delete the Service, or who has the address")]
    public static partial void AddressLost(this ILogger log, NamespacedName service, IpAddress address, string subnet, string holder);

    [LoggerMessage(7, LogLevel.Warning, "service {Service}: its shard has generation {Held} of it, published was {Published}; it is published again")]
    public static partial void PublicationLost(this ILogger log, string service, ulong held, ulong published);
}
