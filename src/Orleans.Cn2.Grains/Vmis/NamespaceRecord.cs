using Orleans.Cn2.Grains.Hosting;
using Orleans.Storage;

namespace Orleans.Cn2.Grains.Vmis;

/// <summary>
/// A namespace's record. Its first write is that of the first node or subscription: who reads a namespace that nobody uses leaves nothing behind, and what
/// such an activation answers, that there is nothing, is also what the next one would.
/// </summary>
internal sealed class NamespaceRecord
{
    private readonly IPersistentState<NamespaceState> _state;
    private readonly IGrainStorage _storage;
    private readonly GrainId _id;
    private readonly Action _giveUp;
    private readonly JoinedWrites _writes;

    // Nodes that are known to be stored.
    private readonly HashSet<string> _entered = [];
    private bool _isChanged;

    /// <param name="state">The record.</param>
    /// <param name="storage">Where it is.</param>
    /// <param name="id">The grain.</param>
    /// <param name="giveUp">Called where what is in memory may not be what is stored: the next activation begins from that.</param>
    public NamespaceRecord(IPersistentState<NamespaceState> state, IGrainStorage storage, GrainId id, Action giveUp)
    {
        (_state, _storage, _id, _giveUp) = (state, storage, id, giveUp);
        _writes = new JoinedWrites(WriteAsync);
    }

    /// <summary>True when there is one.</summary>
    public bool Exists => _state.RecordExists;

    /// <summary>Nodes that have VMIs here, or had.</summary>
    public IReadOnlyCollection<string> Nodes => _state.State.Nodes;

    /// <summary>Raises the epoch, which keeps versions growing from one activation to the next.</summary>
    public async Task<ulong> BeginAsync(CancellationToken cancellation)
    {
        _state.State.Epoch++;
        if (Exists)
        {
            await _state.WriteStateAsync(cancellation);
        }

        _entered.UnionWith(Nodes);
        return _state.State.Epoch;
    }

    /// <summary>Writes down a node. Interleaves, so that many are written together.</summary>
    public async Task EnterAsync(string node)
    {
        if (!_entered.Contains(node))
        {
            _state.State.Nodes.Add(node);
            _isChanged = true;
            await _writes.SaveAsync();
            _entered.Add(node);
        }
    }

    /// <summary>Takes a node off that is no more; one that comes again enters again.</summary>
    public async Task LeaveAsync(string node)
    {
        _entered.Remove(node);
        if (_state.State.Nodes.Remove(node))
        {
            _isChanged = true;
            await _writes.SaveAsync();
        }
    }

    /// <summary>Ends when this activation is known to be the last.</summary>
    public Task RequireLastAsync() => _writes.SaveAsync();

    /// <summary>Writes what changed; where nothing did, asks the store whether this activation is still the last.</summary>
    private async Task WriteAsync()
    {
        try
        {
            if (_isChanged || !Exists)
            {
                _isChanged = false;
                await _state.WriteStateAsync();
                return;
            }

            GrainState<NamespaceState> stored = new() { State = new NamespaceState() };
            await _storage.ReadStateAsync(NamespaceGrain.StateName, _id, stored);
            if (stored.ETag != _state.Etag)
            {
                throw new InconsistentStateException($"{_id} is another activation's by now", stored.ETag ?? "", _state.Etag ?? "");
            }
        }
        catch
        {
            _giveUp();
            throw;
        }
    }
}
