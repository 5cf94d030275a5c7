using System.Runtime.CompilerServices;
using CsCheck;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Managed.Flows;

namespace Orleans.Cn2.Forwarding.Tests.Managed;

public sealed class FlowTableTests
{
    [Fact]
    public void FlowSlot_InMemory_TakesTwoCacheLines() => Assert.Equal(128, Unsafe.SizeOf<FlowSlot>());

    [Fact]
    public void FindIn_AfterTheEntryLeftOrAnotherCame_FindsNothing()
    {
        FlowTable table = new(4, evicts: false, new HashSeed([1, 2, 3, 4, 5]));
        Assert.True(table.TryAdd(Key(1), new FlowEntry { Path = 1 }));
        int slot = table.Guess(table.HashOf(Key(1)));
        Assert.Equal(1, table.FindIn(slot, Key(1)).Path);
        Assert.True(Unsafe.IsNullRef(ref table.FindIn(slot, Key(2))));
        Assert.True(Unsafe.IsNullRef(ref table.FindIn(table.Guess(table.HashOf(Key(2))), Key(2))));

        table.Remove(Key(1));
        Assert.True(Unsafe.IsNullRef(ref table.FindIn(slot, Key(1))));

        Assert.True(table.TryAdd(Key(2), new FlowEntry { Path = 2 }));
        Assert.Equal(slot, table.Guess(table.HashOf(Key(2))));
        Assert.True(Unsafe.IsNullRef(ref table.FindIn(slot, Key(1))));
    }

    [Fact]
    public void Table_OfRandomOperations_BehavesLikeADictionary() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 700], Gen.Int[0, 99]).Array[0, 3000].Sample(
            operations =>
            {
                FlowTable table = new(512, evicts: false, new HashSeed([7, 11, 13, 17, 19]));
                Dictionary<int, int> model = [];
                foreach ((int operation, int key, int value) in operations)
                {
                    bool expected = operation switch
                    {
                        0 => model.Count < 512 && model.TryAdd(key, value),
                        1 => model.ContainsKey(key) || model.Count < 512,
                        _ => model.Remove(key),
                    };
                    if (operation == 1 && expected)
                    {
                        model[key] = value;
                    }

                    FlowEntry entry = new() { Path = value };
                    bool done = operation switch
                    {
                        0 => table.TryAdd(Key(key), entry),
                        1 => table.Set(Key(key), entry),
                        _ => table.Remove(Key(key)),
                    };
                    Assert.Equal(expected, done);
                }

                Assert.Equal(model.Count, table.Count);
                for (int key = 0; key <= 700; key++)
                {
                    ref FlowEntry found = ref table.Find(Key(key));
                    Assert.Equal(model.TryGetValue(key, out int value), !Unsafe.IsNullRef(ref found));
                    Assert.True(Unsafe.IsNullRef(ref found) || found.Path == value);
                }
            },
            iter: 60);

    [Fact]
    public void TryAdd_ToAFullEvictingTable_EvictsTheLeastRecentlyFound()
    {
        FlowTable table = new(4, evicts: true, new HashSeed([1, 2, 3, 4, 5]));
        for (int key = 0; key < 4; key++)
        {
            Assert.True(table.TryAdd(Key(key), default));
        }

        table.Find(Key(0));
        Assert.True(table.TryAdd(Key(4), default));
        Assert.True(table.TryAdd(Key(5), default));

        Assert.Equal([0, 3, 4, 5], Enumerable.Range(0, 6).Where(key => !Unsafe.IsNullRef(ref table.Peek(Key(key)))));
    }

    private static FlowKey Key(int number) => new(MappedAddress.OfV4((uint)number), MappedAddress.OfV4(1), 1, 2, 6);
}
