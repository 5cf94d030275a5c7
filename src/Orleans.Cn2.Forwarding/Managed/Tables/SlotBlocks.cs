using Orleans.Cn2.Core.Ecmp;

namespace Orleans.Cn2.Forwarding.Managed.Tables;

/// <summary>Blocks of slots by content: each is computed once and lives as long as a frontend uses it.</summary>
internal sealed class SlotBlocks
{
    private readonly Dictionary<UInt128, (SlotBlock Block, int Uses)> _blocks = [];

    /// <summary>Slots of all blocks together.</summary>
    public long Slots { get; private set; }

    public SlotBlock Take(EcmpGroup group)
    {
        if (_blocks.TryGetValue(group.ContentHash, out (SlotBlock Block, int Uses) held))
        {
            _blocks[group.ContentHash] = (held.Block, held.Uses + 1);
            return held.Block;
        }

        SlotBlock block = new(group.ContentHash, new int[group.Slots]);
        group.Fill(block.Slots);
        _blocks.Add(block.Content, (block, 1));
        Slots += block.Slots.Length;
        return block;
    }

    public void Release(SlotBlock? block)
    {
        if (block is null)
        {
            return;
        }

        int uses = _blocks[block.Content].Uses - 1;
        if (uses > 0)
        {
            _blocks[block.Content] = (block, uses);
            return;
        }

        _blocks.Remove(block.Content);
        Slots -= block.Slots.Length;
    }
}
