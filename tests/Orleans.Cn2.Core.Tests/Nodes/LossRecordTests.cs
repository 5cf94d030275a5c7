using Orleans.Cn2.Core.Nodes;

namespace Orleans.Cn2.Core.Tests.Nodes;

public sealed class LossRecordTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan First = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Most = TimeSpan.FromMinutes(5);

    // losses: minutes past noon
    [Theory]
    [InlineData("never lost", "", 0)]
    [InlineData("one loss costs nothing", "0", 0)]
    [InlineData("two in short order", "0 5", 10)]
    [InlineData("each further one doubles", "0 1 2 3", 40)]
    [InlineData("no more than the most", "0 1 2 3 4 5 6 7 8", 300)]
    [InlineData("nor after very many", "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0", 300)]
    [InlineData("within the memory of the last one, not of the first", "0 9 18", 20)]
    [InlineData("after a quiet time it begins anew", "0 1 2 13", 0)]
    [InlineData("a clock that was set back forgets nothing", "5 0", 10)]
    public void Hold_AfterLosses_GrowsWithThem(string why, string losses, int expected)
    {
        LossRecord record = losses.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Aggregate(default(LossRecord), (former, minutes) => former.Lose(Noon.AddMinutes(int.Parse(minutes, System.Globalization.CultureInfo.InvariantCulture)), Memory));

        Assert.True(TimeSpan.FromSeconds(expected) == record.Hold(First, Most), $"{why}: {record.Hold(First, Most)}");
    }
}
