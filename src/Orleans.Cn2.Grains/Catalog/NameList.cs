using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Grains.Hosting;
using Orleans.Storage;

namespace Orleans.Cn2.Grains.Catalog;

/// <summary>
/// The names on a shard's list, in records of a part each (<see cref="ShardMap.PartOf"/>): an enlisting writes the names of one part, not all. An activation
/// writes every part anew before it uses any, so that an older one's writes fail.
/// </summary>
/// <param name="storage">Where the parts are.</param>
/// <param name="shard">The shard's grain, whose records they are.</param>
/// <param name="replaced">Called when a write shows that another activation took over.</param>
internal sealed class NameList(IGrainStorage storage, GrainId shard, Action replaced)
{
    private readonly Part[] _parts = [.. Enumerable.Range(0, ShardMap.Parts).Select(index => new Part(storage, shard, index, replaced))];
    private readonly Dictionary<string, HashSet<NamespacedName>> _byNamespace = [];

    /// <summary>Number of names.</summary>
    public int Count { get; private set; }

    /// <summary>All names.</summary>
    public IEnumerable<NamespacedName> Names => _byNamespace.Values.SelectMany(names => names);

    /// <summary>What the list has of a name; null when it is not on it.</summary>
    public ListedService? Find(NamespacedName name) => PartOf(name).Services.GetValueOrDefault(name);

    /// <summary>The names of a namespace.</summary>
    public IEnumerable<NamespacedName> OfNamespace(string ns) => _byNamespace.GetValueOrDefault(ns, []);

    /// <summary>Reads all parts and makes them this activation's.</summary>
    /// <param name="former">The list as builds before the parts stored it; empty once the parts have it.</param>
    public async Task LoadAsync(CatalogState former)
    {
        await Task.WhenAll(_parts.Select(part => part.ReadAsync()));
        foreach (IGrouping<Part, KeyValuePair<NamespacedName, ListedService>> names in former.Services.GroupBy(listed => PartOf(listed.Key)))
        {
            names.Key.Take(names, former.NextToken);
        }

        await Task.WhenAll(_parts.Select(part => part.SaveAsync()));
        foreach (NamespacedName name in _parts.SelectMany(part => part.Services.Keys))
        {
            Index(name);
        }
    }

    /// <summary>Puts a name on the list, or gives one that is on it a new token.</summary>
    /// <returns>The token, greater than all that the name had before.</returns>
    public async Task<ulong> EnlistAsync(NamespacedName name)
    {
        Part part = PartOf(name);
        ulong token = part.Put(name);
        Index(name);
        await part.SaveAsync();
        return token;
    }

    /// <summary>Notes that the removal of a name has begun. Also where it is not on the list, this fails when another activation took over.</summary>
    public Task RemoveAsync(NamespacedName name)
    {
        Part part = PartOf(name);
        if (part.Services.TryGetValue(name, out ListedService? listed))
        {
            part.Services[name] = listed with { Removed = true };
        }

        return part.SaveAsync();
    }

    /// <summary>Takes a name off the list.</summary>
    public Task DelistAsync(NamespacedName name)
    {
        Part part = PartOf(name);
        if (part.Services.Remove(name))
        {
            Count--;
            HashSet<NamespacedName> names = _byNamespace[name.Namespace];
            names.Remove(name);
            if (names.Count == 0)
            {
                _byNamespace.Remove(name.Namespace);
            }
        }

        return part.SaveAsync();
    }

    private Part PartOf(NamespacedName name) => _parts[ShardMap.PartOf(name)];

    private void Index(NamespacedName name)
    {
        if (!_byNamespace.TryGetValue(name.Namespace, out HashSet<NamespacedName>? names))
        {
            _byNamespace[name.Namespace] = names = [];
        }

        Count += names.Add(name) ? 1 : 0;
    }

    private sealed class Part
    {
        private readonly GrainState<NamePartState> _record = new();
        private readonly JoinedWrites _writes;
        private readonly IGrainStorage _storage;
        private readonly GrainId _shard;
        private readonly string _name;
        private readonly Action _replaced;

        public Part(IGrainStorage storage, GrainId shard, int index, Action replaced)
        {
            (_storage, _shard, _name, _replaced) = (storage, shard, $"names-{index}", replaced);
            _writes = new JoinedWrites(WriteAsync);
        }

        public Dictionary<NamespacedName, ListedService> Services => State.Services;

        private NamePartState State => _record.State ??= new NamePartState();

        public Task ReadAsync() => _storage.ReadStateAsync(_name, _shard, _record);

        public Task SaveAsync() => _writes.SaveAsync();

        public ulong Put(NamespacedName name)
        {
            ulong token = State.NextToken++;
            Services[name] = new ListedService(token, Removed: false);
            return token;
        }

        public void Take(IEnumerable<KeyValuePair<NamespacedName, ListedService>> names, ulong nextToken)
        {
            State.NextToken = Math.Max(State.NextToken, nextToken);
            foreach ((NamespacedName name, ListedService listed) in names)
            {
                Services[name] = listed;
            }
        }

        private async Task WriteAsync()
        {
            try
            {
                await _storage.WriteStateAsync(_name, _shard, _record);
            }
            catch (InconsistentStateException)
            {
                // This activation must not answer from what it believes.
                _replaced();
                throw;
            }
        }
    }
}
