using Microsoft.Extensions.Logging;
using Orleans.Cn2.Core;

namespace Orleans.Cn2.Grains.Nodes;

internal static partial class NodeLog
{
    [LoggerMessage(1, LogLevel.Warning, "node {Node} is lost: no worker for {Grace}; its VMIs leave ECMP")]
    public static partial void Lost(this ILogger log, string node, TimeSpan grace);

    [LoggerMessage(2, LogLevel.Information, "node {Node} is back; its VMIs are paths again")]
    public static partial void Returned(this ILogger log, string node);

    [LoggerMessage(3, LogLevel.Information, "node {Node} deleted")]
    public static partial void Deleted(this ILogger log, string node);

    [LoggerMessage(4, LogLevel.Warning, "VMI {Vmi} drains: its lease of {Seconds} s was not renewed")]
    public static partial void LeaseExpired(this ILogger log, NamespacedName vmi, int seconds);

    [LoggerMessage(5, LogLevel.Warning, "node {Node} could not bring its VMIs up to date, trying again: {Cause}")]
    public static partial void CheckFailed(this ILogger log, string node, string cause);

    [LoggerMessage(6, LogLevel.Information, "node {Node} {Drains}, with {Vmis} VMIs")]
    public static partial void Draining(this ILogger log, string node, string drains, int vmis);

    [LoggerMessage(7, LogLevel.Warning, "node {Node} was lost {Losses} times lately and is held back: its VMIs take no new flows while others do, until it stood for {Hold}")]
    public static partial void HeldBack(this ILogger log, string node, int losses, TimeSpan hold);

    [LoggerMessage(8, LogLevel.Information, "node {Node} stood for {Hold}; its VMIs take new flows again")]
    public static partial void Steady(this ILogger log, string node, TimeSpan hold);

    [LoggerMessage(9, LogLevel.Information, "VMI {Vmi} moved from node {Node} to {Holder}; {Node} forgets it")]
    public static partial void Superseded(this ILogger log, NamespacedName vmi, string node, string holder);
}
