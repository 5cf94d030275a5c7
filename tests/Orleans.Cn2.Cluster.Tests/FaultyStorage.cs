using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Storage;

namespace Orleans.Cn2.Cluster.Tests;

/// <summary>
/// Grain storage that fails a chosen write, before or after it took effect: what a crash between two steps looks like. Or each read of one grain's records.
/// </summary>
internal sealed class FaultyStorage(IGrainStorage inner) : IGrainStorage
{
    private static readonly Lock Gate = new();
    private static int _countdown;
    private static bool _afterwards;
    private static volatile string? _unreadable;

    /// <summary>Number of writes seen since the last <see cref="Arm"/>.</summary>
    public static int Writes { get; private set; }

    /// <summary>Key of a grain whose records can't be read; null: none.</summary>
    public static string? Unreadable
    {
        get => _unreadable;
        set => _unreadable = value;
    }

    /// <summary>Lets the n-th write from now fail; 0: none.</summary>
    public static void Arm(int write, bool afterwards)
    {
        lock (Gate)
        {
            (_countdown, _afterwards, Writes) = (write, afterwards, 0);
        }
    }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => grainId.Key.ToString() == Unreadable
        ? throw new IOException("planted fault")
        : inner.ReadStateAsync(stateName, grainId, grainState);

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        RunAsync(() => inner.WriteStateAsync(stateName, grainId, grainState));

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        RunAsync(() => inner.ClearStateAsync(stateName, grainId, grainState));

    /// <summary>
    /// Makes this the silo's only storage, in memory shared by the silos, in the format of the embedded store: JSON would not bring value types with private
    /// fields back.
    /// </summary>
    public static void AddTo(ISiloBuilder silo)
    {
        silo.AddMemoryGrainStorage("inner", options => options.Configure<Serializer>(
            (memory, serializer) => memory.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer)));
        silo.Services.AddKeyedSingleton("Default", (services, _) => Create(services));
        silo.Services.AddSingleton(Create);
    }

    private static IGrainStorage Create(IServiceProvider services) => new FaultyStorage(services.GetRequiredKeyedService<IGrainStorage>("inner"));

    private static async Task RunAsync(Func<Task> write)
    {
        bool fails;
        bool afterwards;
        lock (Gate)
        {
            Writes++;
            fails = _countdown > 0 && --_countdown == 0;
            afterwards = _afterwards;
        }

        if (!fails || afterwards)
        {
            await write();
        }

        if (fails)
        {
            throw new IOException("planted fault");
        }
    }
}
