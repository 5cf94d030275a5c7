using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Core.Tables;
using Orleans.Concurrency;

namespace Orleans.Cn2.Contracts.VRouters;

/// <summary>
/// The vRouter of a node, key: the node's name. It keeps nothing: it compiles its silo's shard tables with the node's own view
/// and compares with what the stream has sent. The stream's handler keeps one <see cref="Pull"/> outstanding. Calls of a session
/// that is not the newest are answered by a goodbye or ignored.
/// </summary>
[Alias("cn2.IVRouterGrain")]
public interface IVRouterGrain : IGrainWithStringKey
{
    /// <summary>A worker's stream begins; it ends an older session of the node.</summary>
    [Alias("Attach")]
    Task<AttachOutcome> Attach(WorkerHello hello);

    /// <summary>The session's stream ended.</summary>
    [Alias("Detach")]
    Task Detach(ulong session);

    /// <summary>What to send next; waits up to 1 s when there is nothing.</summary>
    [AlwaysInterleave, Alias("Pull")]
    Task<SouthboundBatch> Pull(ulong session, SentState sent);

    /// <summary>The worker programmed something.</summary>
    [AlwaysInterleave, Alias("Ack")]
    Task Ack(ulong session, WorkerAck ack);

    /// <summary>The worker could not program something.</summary>
    [AlwaysInterleave, Alias("Nack")]
    Task Nack(ulong session, WorkerNack nack);

    /// <summary>Counters, also the sign of life.</summary>
    [AlwaysInterleave, Alias("Report")]
    Task Report(ulong session, WorkerStats stats);

    /// <summary>The worker's answer to a query.</summary>
    [AlwaysInterleave, Alias("Answer")]
    Task Answer(ulong session, WorkerAnswer answer);

    /// <summary>Asks the worker where a packet would go.</summary>
    /// <exception cref="FailedPreconditionException">No worker is attached.</exception>
    /// <exception cref="OutcomeUnknownException">It did not answer in time, or with an error.</exception>
    [AlwaysInterleave, Alias("Explain")]
    Task<PacketAnswer> Explain(PacketQuestion question, TimeSpan timeout);

    /// <summary>Asks the worker for flows.</summary>
    /// <exception cref="FailedPreconditionException">No worker is attached.</exception>
    /// <exception cref="OutcomeUnknownException">It did not answer in time, or with an error.</exception>
    [AlwaysInterleave, Alias("Flows")]
    Task<ImmutableArray<FlowAnswer>> Flows(FlowQuestion question, TimeSpan timeout);

    /// <summary>How it stands.</summary>
    [AlwaysInterleave, Alias("GetStatus")]
    Task<VRouterStatus> GetStatus();

    /// <summary>The node's table as compiled now, sorted by namespace and name.</summary>
    [AlwaysInterleave, Alias("GetTables")]
    Task<ImmutableArray<ServiceTable>> GetTables();
}
