using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Core.Tests.Addressing;

/// <summary>Leases for tests, made of small numbers.</summary>
internal static class Leases
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static Guid Id(int number) => new(number, 0, 0, new byte[8]);

    public static Lease Of(int claim) =>
        new(Id(claim), Id(-claim), new("default", $"s{claim}"), "ClusterIP", Start);

    public static Quarantine Since(int seconds) => new(Start.AddSeconds(seconds), [1, 2, 3]);
}
