using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Cn2.Storage.Sqlite;
using Orleans.Cn2.Storage.States;
using Orleans.Serialization;
using Orleans.Serialization.Serializers;

namespace Orleans.Cn2.Storage.Tests.Embedded;

/// <summary>An open store in a directory of its own, without a silo.</summary>
internal sealed class StorageFixture : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();
    private readonly bool _ownsDirectory;

    private StorageFixture(string path, bool ownsDirectory, Action<EmbeddedStorageOptions>? configure)
    {
        _ownsDirectory = ownsDirectory;
        EmbeddedStorageOptions settings = new() { Path = path, LockTimeout = TimeSpan.FromSeconds(1) };
        configure?.Invoke(settings);
        IOptions<EmbeddedStorageOptions> options = Options.Create(settings);
        Database = new(options, NullLogger<EmbeddedDatabase>.Instance);
        Store = new(Database);
        Storage = new(Store, _services.GetRequiredService<Serializer>(), _services.GetRequiredService<IActivatorProvider>());
    }

    public EmbeddedDatabase Database { get; }

    public EmbeddedStateStore Store { get; }

    public StateGrainStorage Storage { get; }

    public string Path => Database.Path;

    /// <summary>Opens a new store, or the one at <paramref name="path"/>.</summary>
    public static async Task<StorageFixture> OpenAsync(string? path = null, Action<EmbeddedStorageOptions>? configure = null)
    {
        StorageFixture fixture = new(path ?? NewPath(), path is null, configure);
        await fixture.Database.OpenAsync();
        return fixture;
    }

    public static string NewPath() =>
        System.IO.Path.Combine(Directory.CreateTempSubdirectory("cn2-storage-").FullName, "sub", "store.db");

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await _services.DisposeAsync();
        if (_ownsDirectory)
        {
            Directory.GetParent(System.IO.Path.GetDirectoryName(Path)!)!.Delete(true);
        }
    }
}
