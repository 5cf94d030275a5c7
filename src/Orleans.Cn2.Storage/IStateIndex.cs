using System.Collections.Immutable;

namespace Orleans.Cn2.Storage;

/// <summary>Lists which grains have a stored state, for hosts and grains that must find their members after a restart.</summary>
public interface IStateIndex
{
    /// <summary>Grains with a stored state of this name whose key begins with a prefix, ordered by the bytes of the key.</summary>
    /// <param name="stateName">The state's name as in <c>[PersistentState(name)]</c>.</param>
    /// <param name="keyPrefix">Prefix of the grain's key (not of its type), compared byte by byte in UTF-8; empty: all.</param>
    /// <param name="cancellationToken">Stops the wait, not a read that began.</param>
    /// <exception cref="StorageUnavailableException">The file can't be read.</exception>
    Task<ImmutableArray<GrainId>> ListKeysAsync(string stateName, string keyPrefix, CancellationToken cancellationToken = default);
}
