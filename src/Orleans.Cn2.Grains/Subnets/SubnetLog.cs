using Microsoft.Extensions.Logging;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Grains.Subnets;

internal static partial class SubnetLog
{
    [LoggerMessage(1, LogLevel.Warning, "subnet {Subnet} has nothing else free: {Address} of {Former} is given out before every vRouter acknowledged its removal")]
    public static partial void QuarantineCutShort(this ILogger log, string subnet, IpAddress address, NamespacedName former);
}
