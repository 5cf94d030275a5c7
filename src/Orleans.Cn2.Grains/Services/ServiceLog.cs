using Microsoft.Extensions.Logging;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Grains.Services;

internal static partial class ServiceLog
{
    [LoggerMessage(1, LogLevel.Warning, "service {Service} knows nothing of its lease of {Address} in subnet {Subnet}; it is given back")]
    public static partial void StrayLease(this ILogger log, string service, IpAddress address, string subnet);
}
