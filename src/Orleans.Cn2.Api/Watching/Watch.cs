using Google.Protobuf.Collections;
using Orleans.Cn2.Api.Errors;
using Orleans.Cn2.Api.Services;
using Orleans.Cn2.Core;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Watching;

/// <summary>
/// One watch: brings what the watcher knows to what is on the board, and keeps it there. What it knows is kept by name and version, so that each event
/// is a change to it: nothing is told twice, and a watch that resumes is told what it missed wherever it resumes.
/// </summary>
internal sealed class Watch(ObjectBoard board, ListPage page, IEnumerable<KeyValuePair<NamespacedName, string>> known, Func<WatchEvent, Task> send)
{
    private const int EventsPerRead = 256;
    private readonly Dictionary<NamespacedName, string> _known = new(known);

    /// <summary>What a watcher says that it knows.</summary>
    /// <exception cref="FieldException">A name is missing or stands twice.</exception>
    public static IReadOnlyDictionary<NamespacedName, string> Known(RepeatedField<Proto.KnownObject> objects)
    {
        Dictionary<NamespacedName, string> known = [];
        foreach ((Proto.KnownObject item, int index) in objects.Select((item, index) => (item, index)))
        {
            if (item.Name.Length == 0 || !known.TryAdd(new NamespacedName(item.Namespace, item.Name), item.Version))
            {
                throw new FieldException($"known[{index}].name", $"Invalid value: \"{item.Name}\": must be a name, once");
            }
        }

        return known;
    }

    /// <summary>Runs until the watcher leaves. It reads on only when what was read is sent: a slow watcher is told less, not later.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await board.Filled.WaitAsync(cancellation).ConfigureAwait(false);
        ulong position = 0;
        bool marked = false;
        while (true)
        {
            Task next = board.Next;
            BoardChanges changes = board.Read(position, EventsPerRead);
            await TellAsync(changes, cancellation).ConfigureAwait(false);
            position = changes.To;
            if (changes.More)
            {
                continue;
            }

            // What can't be read yet may be there.
            if (!marked && !changes.Unread.Any(page.MayInclude))
            {
                marked = true;
                await send(new WatchEvent(Proto.EventType.Bookmark, default, null)).ConfigureAwait(false);
            }

            await next.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    private async Task TellAsync(BoardChanges changes, CancellationToken cancellation)
    {
        if (changes.Complete)
        {
            HashSet<NamespacedName> present = [.. changes.Changed.Select(change => change.Name)];
            foreach (NamespacedName name in _known.Keys.Where(name => !present.Contains(name) && !changes.IsUnread(name)).ToArray())
            {
                await TellAsync(name, null, cancellation).ConfigureAwait(false);
            }
        }

        foreach ((NamespacedName name, WatchedObject? item) in changes.Changed)
        {
            await TellAsync(name, item is not null && page.Includes(name) && page.Matches(item.Labels) ? item : null, cancellation).ConfigureAwait(false);
        }
    }

    private async Task TellAsync(NamespacedName name, WatchedObject? item, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        _known.TryGetValue(name, out string? former);
        if (former is not null && (item is null || !WatchedObject.SameObject(former, item.Version)))
        {
            _known.Remove(name);
            await send(new WatchEvent(Proto.EventType.Deleted, name, null)).ConfigureAwait(false);
            former = null;
        }

        if (item is not null && item.Version != former)
        {
            _known[name] = item.Version;
            await send(new WatchEvent(former is null ? Proto.EventType.Added : Proto.EventType.Modified, name, item)).ConfigureAwait(false);
        }
    }
}
