using System.Collections.Immutable;
using Orleans.Cn2.Core;

namespace Orleans.Cn2.Api.Watching;

/// <summary>What changed on a board.</summary>
/// <param name="To">The position reached.</param>
/// <param name="Complete">True: <paramref name="Changed"/> is everything there is; what is not in it is gone.</param>
/// <param name="More">True when the board goes on beyond <paramref name="To"/>.</param>
/// <param name="Changed">Names in the order of their last change, with the object as it stands; null where it is gone.</param>
/// <param name="Unread">What could not be read yet, so that nobody knows whether it is gone: names, or with an empty name all of a namespace.</param>
internal sealed record BoardChanges(
    ulong To, bool Complete, bool More, ImmutableArray<(NamespacedName Name, WatchedObject? Object)> Changed, ImmutableHashSet<NamespacedName> Unread)
{
    /// <summary>True when an object of this name may be there though it is not on the board.</summary>
    public bool IsUnread(NamespacedName name) => Unread.Contains(name) || Unread.Contains(new NamespacedName(name.Namespace, ""));
}

/// <summary>
/// All objects of a kind as they stand, in the order in which they changed last. One board serves all watchers of a silo: each keeps a position and
/// reads on when it is ready for more, so that a slow one misses states in between but never the last one, and costs no memory. Thread-safe.
/// </summary>
/// <param name="tombstones">How many removals are remembered: who is further behind compares with everything there is.</param>
internal sealed class ObjectBoard(int tombstones = 4096)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<NamespacedName, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _order = [];
    private readonly Queue<(NamespacedName Name, ulong Position)> _removed = [];
    private readonly TaskCompletionSource _filled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ulong _position;
    private ulong _forgotten;
    private ImmutableHashSet<NamespacedName> _unread = [];

    /// <summary>Completes when everything that could be read was put on the board once.</summary>
    public Task Filled => _filled.Task;

    /// <summary>Completes with the next change. Taken before looking, so that no change falls between.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Everything that could be read has been put on the board.</summary>
    public void SetFilled() => _filled.TrySetResult();

    /// <summary>A name, or with an empty one all of a namespace, could not be read yet.</summary>
    public void SetUnread(NamespacedName what)
    {
        lock (_gate)
        {
            _unread = _unread.Add(what);
        }
    }

    /// <summary>What could not be read before was, and put on the board: what watchers know beyond that is gone, so they compare with everything there is.</summary>
    public void SetRead(NamespacedName what)
    {
        lock (_gate)
        {
            if (!_unread.Contains(what))
            {
                return;
            }

            _unread = _unread.Remove(what);
            _forgotten = ++_position;
        }

        Raise();
    }

    /// <summary>Puts an object, or its new state; nothing happens where it is there already.</summary>
    public void Put(WatchedObject item)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(item.Name, out LinkedListNode<Entry>? former) && former.Value.Object?.Version == item.Version)
            {
                return;
            }

            Append(item.Name, item);
        }

        Raise();
    }

    /// <summary>Removes an object; nothing happens where it is gone already.</summary>
    public void Remove(NamespacedName name)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(name, out LinkedListNode<Entry>? former) || former.Value.Object is null)
            {
                return;
            }

            Append(name, null);
            _removed.Enqueue((name, _position));
            while (_removed.Count > tombstones)
            {
                Forget(_removed.Dequeue());
            }
        }

        Raise();
    }

    /// <summary>Names of the objects that are there.</summary>
    public ImmutableArray<NamespacedName> Names()
    {
        lock (_gate)
        {
            return [.. _order.Where(entry => entry.Object is not null).Select(entry => entry.Name)];
        }
    }

    /// <summary>What changed after a position, at most so much; everything from position 0 and where removals were forgotten since.</summary>
    public BoardChanges Read(ulong have, int most)
    {
        lock (_gate)
        {
            if (have == 0 || have < _forgotten)
            {
                return new BoardChanges(
                    _position, true, false,
                    [.. _order.Where(entry => entry.Object is not null).Select(entry => (entry.Name, entry.Object))], _unread);
            }

            LinkedListNode<Entry>? first = null;
            for (LinkedListNode<Entry>? node = _order.Last; node is not null && node.Value.Position > have; node = node.Previous)
            {
                first = node;
            }

            ImmutableArray<(NamespacedName, WatchedObject?)>.Builder changed = ImmutableArray.CreateBuilder<(NamespacedName, WatchedObject?)>();
            ulong to = have;
            for (; first is not null && changed.Count < most; first = first.Next)
            {
                changed.Add((first.Value.Name, first.Value.Object));
                to = first.Value.Position;
            }

            return new BoardChanges(first is null ? _position : to, false, first is not null, changed.ToImmutable(), _unread);
        }
    }

    private void Append(NamespacedName name, WatchedObject? item)
    {
        if (_entries.Remove(name, out LinkedListNode<Entry>? former))
        {
            _order.Remove(former);
        }

        _entries[name] = _order.AddLast(new Entry(name, item, ++_position));
    }

    // A name that was put or removed again since has a newer position, and stays.
    private void Forget((NamespacedName Name, ulong Position) removed)
    {
        _forgotten = Math.Max(_forgotten, removed.Position);
        if (_entries.TryGetValue(removed.Name, out LinkedListNode<Entry>? entry) && entry.Value.Position == removed.Position)
        {
            _entries.Remove(removed.Name);
            _order.Remove(entry);
        }
    }

    private void Raise() =>
        Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    private sealed record Entry(NamespacedName Name, WatchedObject? Object, ulong Position);
}
