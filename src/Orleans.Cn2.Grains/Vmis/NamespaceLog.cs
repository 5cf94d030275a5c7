using Microsoft.Extensions.Logging;

namespace Orleans.Cn2.Grains.Vmis;

internal static partial class NamespaceLog
{
    [LoggerMessage(1, LogLevel.Information, "namespace {Namespace} had missed changes of node {Node}'s VMIs and caught up, from version {Before} to {After}")]
    public static partial void Repaired(this ILogger log, string @namespace, string node, ulong before, ulong after);

    [LoggerMessage(2, LogLevel.Debug, "namespace {Namespace} can't compare with node {Node}, trying again: {Cause}")]
    public static partial void CompareFailed(this ILogger log, string @namespace, string node, string cause);

    [LoggerMessage(3, LogLevel.Warning, "namespace {Namespace} can't learn what its service {Service} selects, and tells it of every change until it asks: {Cause}")]
    public static partial void Silent(this ILogger log, string @namespace, string service, string cause);

    [LoggerMessage(4, LogLevel.Warning, "namespace {Namespace} can't learn whether its VMI {Vmi} is on node {Node} or {Other}, and takes it for the first one's until it is told again: {Cause}")]
    public static partial void Undecided(this ILogger log, string @namespace, string vmi, string node, string other, string cause);

    [LoggerMessage(5, LogLevel.Warning, "namespace {Namespace} starts without the VMIs of node {Node}, which can't be read, and asks again until it can: {Cause}")]
    public static partial void Unread(this ILogger log, string @namespace, string node, string cause);
}
