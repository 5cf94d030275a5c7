namespace Orleans.Cn2.Core.Services;

/// <summary><c>spec.sessionAffinityConfig</c> as asked.</summary>
/// <param name="ClientIP">The options of affinity ClientIP.</param>
[GenerateSerializer, Immutable]
public sealed record SessionAffinityConfigSpec([property: Id(0)] ClientIPConfigSpec? ClientIP);

/// <summary><c>spec.sessionAffinityConfig.clientIP</c> as asked.</summary>
/// <param name="TimeoutSeconds">How long a binding outlives the client's last new flow, 1 to 86400 s; absent: 10800 s.</param>
[GenerateSerializer, Immutable]
public sealed record ClientIPConfigSpec([property: Id(0)] int? TimeoutSeconds);
