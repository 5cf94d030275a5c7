using Orleans.Cn2.Worker.Control;

namespace Orleans.Cn2.Worker.Tests;

public sealed class BootCounterTests
{
    [Fact]
    public void Acquire_AfterEachStart_IsOneHigher()
    {
        using Scratch scratch = new();
        ulong[] boots = [.. Enumerable.Range(0, 3).Select(_ =>
        {
            using BootCounter counter = BootCounter.Acquire(scratch.Path);
            return counter.Boot;
        })];

        Assert.Equal([1UL, 2UL, 3UL], boots);
    }

    [Fact]
    public void Acquire_WhileAnotherHoldsIt_IsRefused()
    {
        using Scratch scratch = new();
        using BootCounter first = BootCounter.Acquire(scratch.Path);

        Assert.Throws<IOException>(() => BootCounter.Acquire(scratch.Path).Dispose());
        Assert.Equal(1UL, first.Boot);
    }
}
