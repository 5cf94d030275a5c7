using System.Collections.Immutable;
using Orleans.Cn2.Core.Ecmp;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Core.Tests.Ecmp;

public sealed class EcmpGroupTests
{
    private static readonly ImmutableArray<EcmpPath> Three = [.. Paths.Equal(3)];

    [Fact]
    public void Of_NoActivePath_IsNull()
    {
        Assert.Null(EcmpGroup.Of([]));
        Assert.Null(EcmpGroup.Of([Paths.Of(1, state: PathState.Draining), Paths.Of(2, state: PathState.DrainingServing)]));
    }

    [Fact]
    public void Of_OtherOrderAndDrainingPaths_IsTheSameGroup()
    {
        EcmpGroup plain = EcmpGroup.Of(Three)!;
        EcmpGroup other = EcmpGroup.Of([Paths.Of(0, state: PathState.Draining), Three[2], Three[0], Three[1]])!;

        Assert.Equal(plain.ContentHash, other.ContentHash);
        Assert.Equal(plain.Paths.AsEnumerable(), other.Paths);
        Assert.Equal(SlotsOf(plain), SlotsOf(other));
    }

    [Fact]
    public void Of_OtherIdentityOrWeight_IsAnotherGroup()
    {
        EcmpGroup[] groups =
        [
            EcmpGroup.Of(Three)!,
            EcmpGroup.Of(Three.SetItem(0, Three[0] with { Weight = 99 }))!,
            EcmpGroup.Of(Three.SetItem(0, Three[0] with { Port = 81 }))!,
            EcmpGroup.Of(Three.SetItem(0, Three[0] with { VmiId = 81 }))!,
            EcmpGroup.Of(Three.SetItem(0, Paths.Of(9)))!,
            EcmpGroup.Of(Three.RemoveAt(0))!,
        ];

        Assert.Equal(groups.Length, groups.DistinctBy(group => group.ContentHash).Count());
    }

    [Fact]
    public void Fill_SpanOfOtherLength_Throws() => Assert.Throws<ArgumentException>(() => EcmpGroup.Of(Three)!.Fill(new int[3]));

    private static int[] SlotsOf(EcmpGroup group)
    {
        int[] slots = new int[group.Slots];
        group.Fill(slots);
        return slots;
    }
}
