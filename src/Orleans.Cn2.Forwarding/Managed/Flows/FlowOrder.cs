namespace Orleans.Cn2.Forwarding.Managed.Flows;

/// <summary>The slots of a slab in the order of their use, for tables that evict.</summary>
internal struct FlowOrder()
{
    private int _newest = FlowSlab.None;

    /// <summary>The slot that was not used for longest.</summary>
    public int Oldest { get; private set; } = FlowSlab.None;

    /// <summary>A slot was used again.</summary>
    public void Touch(FlowSlab slots, int slot)
    {
        if (slot != _newest)
        {
            Remove(slots, slot);
            Add(slots, slot);
        }
    }

    /// <summary>A slot is used for the first time.</summary>
    public void Add(FlowSlab slots, int slot)
    {
        slots[slot].Link = new SlotLink(_newest, FlowSlab.None);
        if (_newest != FlowSlab.None)
        {
            slots[_newest].Link = slots[_newest].Link with { Previous = slot };
        }

        _newest = slot;
        Oldest = Oldest == FlowSlab.None ? slot : Oldest;
    }

    /// <summary>A slot is used no more.</summary>
    public void Remove(FlowSlab slots, int slot)
    {
        (int next, int previous) = slots[slot].Link;
        if (previous == FlowSlab.None)
        {
            _newest = next;
        }
        else
        {
            slots[previous].Link = slots[previous].Link with { Next = next };
        }

        if (next == FlowSlab.None)
        {
            Oldest = previous;
        }
        else
        {
            slots[next].Link = slots[next].Link with { Previous = previous };
        }
    }
}
