using Orleans.Cn2.Storage.Batching;

namespace Orleans.Cn2.Storage.Sqlite;

/// <summary>What exists only while the file is open.</summary>
internal sealed record OpenFile(FileStream Lock, RequestThreads<WriteRequest> Writer, RequestThreads<ReadRequest> Readers);
