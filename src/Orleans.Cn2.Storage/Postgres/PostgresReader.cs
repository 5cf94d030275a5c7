using Orleans.Cn2.Storage.Batching;
using Orleans.Cn2.Storage.States;

namespace Orleans.Cn2.Storage.Postgres;

/// <summary>Answers queries on a connection of its own, opened when first needed and again after a failure.</summary>
internal sealed class PostgresReader(PostgresServer server) : IRequestHandler<StateQuery>
{
    private PostgresSession? _session;

    public void Handle(IReadOnlyList<StateQuery> batch)
    {
        try
        {
            PostgresSession session = _session ??= server.OpenSession();
            StateRead[] reads = [.. batch.OfType<StateRead>()];
            if (reads.Length > 0)
            {
                StoredState?[] rows = PostgresRows.Read(session, [.. reads.Select(read => read.Address)]);
                foreach ((StateRead read, StoredState? row) in reads.Zip(rows))
                {
                    read.Answer(row);
                }
            }

            foreach (StateList list in batch.OfType<StateList>())
            {
                list.Answer(PostgresRows.Keys(session, list.StateName, list.Range));
            }
        }
        catch (Exception exception) when (PostgresFaults.Explain(exception, server.Location) is { } failure)
        {
            Dispose();
            StorageMeter.Failed(failure.Fault);
            foreach (StateQuery query in batch)
            {
                query.Fail(failure);
            }
        }
    }

    public void Dispose()
    {
        _session?.Dispose();
        _session = null;
    }
}
