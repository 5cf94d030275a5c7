using System.Collections.Immutable;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Managed.Decision;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Managed.Tables;

/// <summary>
/// The paths by id. A path that goes away has its epoch raised, which ends its flows at once; its id is given out again only after a whole scan of the
/// flow tables that began after that (docs/datapath.md, section 2).
/// </summary>
internal sealed class PathRegistry
{
    private readonly Stack<int> _free = new();
    private List<int> _retired = [];
    private List<int> _retiredBeforeScan = [];
    private PathSlot[] _paths = new PathSlot[64];
    private int _limit;

    /// <summary>Paths in use.</summary>
    public int Count { get; private set; }

    /// <summary>The path of an id that was given out once; its state tells whether it is gone.</summary>
    public ref readonly PathSlot this[int id] => ref _paths[id];

    /// <summary>Takes an id for a new path.</summary>
    public int Add(in EcmpPath path, int frontend, NextHop hop)
    {
        if (!_free.TryPop(out int id))
        {
            id = _limit++;
            if (id == _paths.Length)
            {
                Array.Resize(ref _paths, 2 * id);
            }
        }

        _paths[id] = new PathSlot
        {
            Epoch = _paths[id].Epoch,
            State = path.State,
            Path = path,
            Address = MappedAddress.Of(path.Address),
            Frontend = frontend,
            Hop = hop,
            Way = Way.OfHop(hop),
        };
        Count++;
        return id;
    }

    /// <summary>Changes weight and state of a path that stays.</summary>
    public void Update(int id, in EcmpPath path, int frontend)
    {
        ref PathSlot slot = ref _paths[id];
        (slot.Path, slot.State, slot.Frontend) = (path, path.State, frontend);
    }

    /// <summary>Ends a path and every flow on it.</summary>
    public void Retire(int id)
    {
        ref PathSlot slot = ref _paths[id];
        slot.Epoch++;
        slot.State = 0;
        _retired.Add(id);
        Count--;
    }

    /// <summary>Looks all next hops up anew.</summary>
    public void Route(Func<EcmpPath, NextHop> hopOf)
    {
        for (int id = 0; id < _limit; id++)
        {
            if (_paths[id].State != 0)
            {
                ref PathSlot slot = ref _paths[id];
                slot.Hop = hopOf(slot.Path);
                slot.Way = Way.OfHop(slot.Hop);
            }
        }
    }

    /// <summary>A scan of the flow tables begins.</summary>
    public void ScanBegins()
    {
        _retiredBeforeScan.AddRange(_retired);
        _retired = [];
    }

    /// <summary>A scan has ended: no entry of an epoch raised before it began is left.</summary>
    public void ScanEnded()
    {
        foreach (int id in _retiredBeforeScan)
        {
            _free.Push(id);
        }

        _retiredBeforeScan = [];
    }

    /// <summary>A frontend's paths as they stand here.</summary>
    public ImmutableArray<EcmpPath> Read(ImmutableArray<int> ids)
    {
        ImmutableArray<EcmpPath>.Builder paths = ImmutableArray.CreateBuilder<EcmpPath>(ids.Length);
        foreach (int id in ids)
        {
            paths.Add(_paths[id].Path with { State = _paths[id].State });
        }

        return paths.MoveToImmutable();
    }
}

/// <summary>One path.</summary>
internal struct PathSlot
{
    public uint Epoch;

    /// <summary>0: gone.</summary>
    public PathState State;
    public EcmpPath Path;
    public MappedAddress Address;
    public int Frontend;
    public NextHop Hop;

    /// <summary>The way by the next hop.</summary>
    public Way Way;
}
