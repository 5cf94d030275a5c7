using System.Collections.Concurrent;
using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Grains.Nodes;

namespace Orleans.Cn2.Cluster.Tests.Nodes;

/// <summary>Namespaces that ask a node at about the same time share a question, and none is answered from before it asked.</summary>
public sealed class NodeReadsTests
{
    private readonly ConcurrentQueue<(ImmutableArray<string> Namespaces, TaskCompletionSource<ImmutableArray<NodeMembers>> Answer)> _asked = [];
    private readonly NodeReads _reads;

    public NodeReadsTests() => _reads = new NodeReads((_, namespaces) =>
    {
        TaskCompletionSource<ImmutableArray<NodeMembers>> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked.Enqueue((namespaces, answer));
        return answer.Task;
    });

    [Fact]
    public async Task Read_WhileTheNodeIsAsked_SharesTheNextQuestion()
    {
        Task<NodeMembers> first = _reads.ReadAsync("node", "a");
        (ImmutableArray<string> alone, TaskCompletionSource<ImmutableArray<NodeMembers>> answer) = await NextAsync();
        Task<NodeMembers> second = _reads.ReadAsync("node", "b");
        Task<NodeMembers> third = _reads.ReadAsync("node", "a");
        answer.SetResult([Members(lost: false)]);
        (ImmutableArray<string> shared, answer) = await NextAsync();
        answer.SetResult([Members(lost: true), Members(lost: false)]);

        Assert.Equal(["a"], alone);
        Assert.Equal(["b", "a"], shared);
        Assert.False((await first).Lost);
        Assert.True((await second).Lost);
        Assert.False((await third).Lost);
    }

    [Fact]
    public async Task Read_NodeDoesNotAnswer_IsToldToAllWhoAskedAndAskedAnew()
    {
        Task<NodeMembers> first = _reads.ReadAsync("node", "a");
        (_, TaskCompletionSource<ImmutableArray<NodeMembers>> answer) = await NextAsync();
        answer.SetException(new TimeoutException("planted fault"));
        await Assert.ThrowsAsync<TimeoutException>(() => first);

        Task<NodeMembers> second = _reads.ReadAsync("node", "a");
        (_, answer) = await NextAsync();
        answer.SetResult([Members(lost: true)]);

        Assert.True((await second).Lost);
    }

    [Fact]
    public async Task Read_ManyNamespacesOfManyNodes_EachGetsItsOwn()
    {
        int asked = 0;
        NodeReads reads = new(async (node, namespaces) =>
        {
            Interlocked.Increment(ref asked);
            await Task.Yield();
            return [.. namespaces.Select(ns => Members(lost: (node + ns).GetHashCode(StringComparison.Ordinal) % 2 == 0))];
        });

        await Task.WhenAll(Enumerable.Range(0, 20_000).Select(i => Task.Run(async () =>
        {
            (string node, string ns) = ($"node-{i % 7}", $"ns-{i % 101}");
            Assert.Equal((node + ns).GetHashCode(StringComparison.Ordinal) % 2 == 0, (await reads.ReadAsync(node, ns)).Lost);
        })));

        Assert.InRange(asked, 7, 20_000);
    }

    private static NodeMembers Members(bool lost) => new(lost, []);

    private async Task<(ImmutableArray<string> Namespaces, TaskCompletionSource<ImmutableArray<NodeMembers>> Answer)> NextAsync()
    {
        (ImmutableArray<string> Namespaces, TaskCompletionSource<ImmutableArray<NodeMembers>> Answer) next = default;
        await ClusterFixture.EventuallyAsync(() => Task.FromResult(_asked.TryDequeue(out next)));
        return next;
    }
}
