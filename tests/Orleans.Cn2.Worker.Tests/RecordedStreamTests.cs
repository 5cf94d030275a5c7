using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Testing.Southbound;
using Orleans.Cn2.Worker.Control;
using Orleans.Cn2.Worker.Tables;
using Orleans.Cn2.Worker.Telemetry;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Worker.Tests;

/// <summary>A silo of an earlier protocol version, as recorded: this worker takes what it said as the worker of that time did.</summary>
public sealed class RecordedStreamTests : IAsyncDisposable
{
    private readonly WorkerTelemetry _telemetry = new();
    private readonly ManagedPlane _plane = new();

    [Theory]
    [InlineData(1)]
    public void Updates_OfARecordedSilo_AreAppliedToTheRecordedDigests(int version)
    {
        TableApplier applier = new(_plane, _telemetry);
        Dictionary<uint, Queue<Proto.ShardState>> held = [];
        int acknowledged = 0;
        foreach (RecordedMessage message in RecordedStream.OfVersion(version))
        {
            if (!message.FromWorker && Proto.ControlMessage.Parser.ParseFrom(message.Bytes.AsSpan()) is { Update: { } update })
            {
                UpdateOutcome outcome = applier.Apply(update);
                Assert.Null(outcome.Fault);
                Assert.Empty(outcome.Rejections);
                if (outcome.Complete)
                {
                    (held.TryGetValue(update.To.Shard, out Queue<Proto.ShardState>? states) ? states : held[update.To.Shard] = []).Enqueue(applier.State(update.To.Shard));
                }
            }
            else if (message.FromWorker && Proto.WorkerMessage.Parser.ParseFrom(message.Bytes.AsSpan()) is { Ack: { } ack })
            {
                Assert.Equal(Assert.Single(ack.Shards), held[ack.Shards[0].Version.Shard].Dequeue());
                acknowledged++;
            }
        }

        Assert.True(acknowledged > 64, $"{acknowledged} acknowledgements");
        Assert.Empty(_plane.ReadTables());
    }

    [Theory]
    [InlineData(1)]
    public void Queries_OfARecordedSilo_AreAnswered(int version)
    {
        Proto.Query[] queries =
        [
            .. RecordedStream.OfVersion(version).Where(message => !message.FromWorker)
                .Select(message => Proto.ControlMessage.Parser.ParseFrom(message.Bytes.AsSpan()).Query).OfType<Proto.Query>(),
        ];
        Assert.Equal([Proto.Query.QueryOneofCase.Explain, Proto.Query.QueryOneofCase.Flows], queries.Select(query => query.QueryCase));
        Assert.All(queries, query => Assert.NotEqual(Proto.Answer.AnswerOneofCase.Error, QueryAnswerer.Answer(_plane, query).AnswerCase));
    }

    public ValueTask DisposeAsync()
    {
        _telemetry.Dispose();
        return _plane.DisposeAsync();
    }
}
