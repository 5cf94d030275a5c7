using System.Collections.Concurrent;
using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Namespaces;

namespace Orleans.Cn2.Grains.Nodes;

/// <summary>
/// What nodes have in the namespaces of this silo. Namespaces that ask a node at about the same time share a question: a silo that starts needs every node's
/// VMIs in every namespace, which are far more pairs than nodes.
/// </summary>
/// <param name="ask">Asks a node for its VMIs in some namespaces.</param>
internal sealed class NodeReads(Func<string, ImmutableArray<string>, Task<ImmutableArray<NodeMembers>>> ask)
{
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(50);
    private readonly ConcurrentDictionary<string, Queue> _queues = new(StringComparer.Ordinal);

    /// <summary>A node's VMIs in a namespace, as of after the call.</summary>
    public Task<NodeMembers> ReadAsync(string node, string ns)
    {
        while (true)
        {
            Queue queue = _queues.GetOrAdd(node, _ => new Queue());
            lock (queue)
            {
                if (queue.Ended)
                {
                    continue;
                }

                bool first = queue.Next is null;
                Batch batch = queue.Next ??= new Batch();
                int index = batch.Add(ns);
                if (first && !queue.Asking)
                {
                    queue.Asking = true;

                    // Beside any grain: a batch is not the business of the one that happened to begin it.
                    _ = Task.Run(() => AskAsync(node, queue));
                }

                return AnswerAsync(batch, index);
            }
        }
    }

    private static async Task<NodeMembers> AnswerAsync(Batch batch, int index) => (await batch.Answer)[index];

    private async Task AskAsync(string node, Queue queue)
    {
        while (true)
        {
            await Task.Delay(Gathering).ConfigureAwait(false);
            Batch batch;
            lock (queue)
            {
                if (queue.Next is null)
                {
                    queue.Ended = true;
                    _queues.TryRemove(KeyValuePair.Create(node, queue));
                    return;
                }

                batch = queue.Next;
                queue.Next = null;
            }

            await batch.AskAsync(namespaces => ask(node, namespaces)).ConfigureAwait(false);
        }
    }

    /// <summary>Who waits for a node; each field under the lock of the queue.</summary>
    private sealed class Queue
    {
        public Batch? Next { get; set; }

        public bool Asking { get; set; }

        public bool Ended { get; set; }
    }

    /// <summary>One question.</summary>
    private sealed class Batch
    {
        private readonly List<string> _namespaces = [];
        private readonly TaskCompletionSource<ImmutableArray<NodeMembers>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<ImmutableArray<NodeMembers>> Answer => _answer.Task;

        public int Add(string ns)
        {
            _namespaces.Add(ns);
            return _namespaces.Count - 1;
        }

        public async Task AskAsync(Func<ImmutableArray<string>, Task<ImmutableArray<NodeMembers>>> ask)
        {
            try
            {
                _answer.SetResult(await ask([.. _namespaces]).ConfigureAwait(false));
            }
            catch (Exception failure)
            {
                // Each who asked decides what to do about it.
                _answer.SetException(failure);
            }
        }
    }
}
