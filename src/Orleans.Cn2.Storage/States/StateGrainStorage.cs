using System.Collections.Immutable;
using System.Globalization;
using Orleans.Serialization;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace Orleans.Cn2.Storage.States;

/// <summary>Grain state in a store. A state's address is its name and its grain, whatever provider name it came through.</summary>
internal sealed class StateGrainStorage(
    IStateStore store, Serializer serializer, IActivatorProvider activators, IStorageFaultTranslator? translator = null) : IGrainStorage, IStateIndex
{
    // Etags begin at 1; an etag that is not ours matches no row.
    private const long ForeignEtag = -1;

    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        StoredState? stored = await RunAsync(store.ReadAsync(StateAddress.Of(stateName, grainId)));
        if (stored is null)
        {
            Reset(grainState);
            return;
        }

        if (!Enum.IsDefined(stored.Format))
        {
            throw new NotSupportedException($"State '{stateName}' of {grainId} in '{store.Location}' has the format {stored.Format}, which this release does not know");
        }

        grainState.State = serializer.Deserialize<T>(stored.Payload);
        grainState.ETag = Text(stored.Etag);
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        byte[] payload = serializer.SerializeToArray(grainState.State);
        EtagCheck check = await RunAsync(store.WriteAsync(
            StateAddress.Of(stateName, grainId), Parse(grainState.ETag), PayloadFormat.FlatLabels, payload));
        grainState.ETag = Text(Accepted(check, "write", stateName, grainId, grainState.ETag));
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        EtagCheck check = await RunAsync(store.DeleteAsync(StateAddress.Of(stateName, grainId), Parse(grainState.ETag)));
        Accepted(check, "clear", stateName, grainId, grainState.ETag);
        Reset(grainState);
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<GrainId>> ListKeysAsync(string stateName, string keyPrefix, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(stateName);
        ArgumentNullException.ThrowIfNull(keyPrefix);
        return await store.ListAsync(stateName, KeyRange.OfPrefix(keyPrefix)).WaitAsync(cancellationToken);
    }

    private async Task<T> RunAsync<T>(Task<T> operation)
    {
        try
        {
            return await operation;
        }
        catch (StorageUnavailableException fault) when (translator is not null)
        {
            throw translator.Translate(fault);
        }
    }

    private static long? Accepted(EtagCheck check, string verb, string stateName, GrainId grainId, string? held) =>
        check.Holds
            ? check.Etag
            : throw new InconsistentStateException(
                $"Can't {verb} state '{stateName}' of {grainId}: it holds etag {held ?? "none"}, stored is {Text(check.Etag) ?? "none"}",
                Text(check.Etag) ?? "",
                held ?? "");

    private void Reset<T>(IGrainState<T> grainState)
    {
        grainState.State = activators.GetActivator<T>().Create();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    private static long? Parse(string? etag) =>
        string.IsNullOrEmpty(etag) ? null
        : long.TryParse(etag, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value
        : ForeignEtag;

    private static string? Text(long? etag) => etag?.ToString(CultureInfo.InvariantCulture);
}
