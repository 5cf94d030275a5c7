using System.Collections.Immutable;

namespace Orleans.Cn2.Storage.States;

/// <summary>
/// A table of grain states as bytes. An etag is a number no other write of the store ever got, so an etag of a cleared state stays invalid for good.
/// Every operation may throw <see cref="StorageUnavailableException"/>.
/// </summary>
internal interface IStateStore
{
    /// <summary>Where the store is, for messages.</summary>
    string Location { get; }

    /// <summary>The row, null without one.</summary>
    Task<StoredState?> ReadAsync(StateAddress address);

    /// <summary>Writes the row durably if it has the etag expected (null: if there is none). The answer has the new etag, or the one that stands there.</summary>
    Task<EtagCheck> WriteAsync(StateAddress address, long? expected, PayloadFormat format, byte[] payload);

    /// <summary>Deletes the row durably if it has the etag expected (null: holds only without a row).</summary>
    Task<EtagCheck> DeleteAsync(StateAddress address, long? expected);

    /// <summary>Grains with a state of this name whose key is in the range, ordered by the bytes of the key, then the type.</summary>
    Task<ImmutableArray<GrainId>> ListAsync(string stateName, KeyRange range);
}

/// <summary>A row as stored.</summary>
internal sealed record StoredState(long Etag, PayloadFormat Format, byte[] Payload);

/// <summary>How a conditional write ended.</summary>
/// <param name="Holds">The condition held and the write is durable.</param>
/// <param name="Etag">The etag that stands there now; null without a row.</param>
internal readonly record struct EtagCheck(bool Holds, long? Etag);
