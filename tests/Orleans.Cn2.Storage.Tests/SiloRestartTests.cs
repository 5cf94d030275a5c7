using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Orleans.Cn2.Storage.Tests;

public interface INoteGrain : IGrainWithStringKey
{
    Task<string> Get();

    Task Set(string text);
}

public sealed class NoteGrain(
    [PersistentState("default")] IPersistentState<Note> byDefault,
    [PersistentState("named", StateStorage.ProviderName)] IPersistentState<Note> byName) : Grain, INoteGrain
{
    public Task<string> Get() => Task.FromResult($"{byDefault.State.Text}/{byName.State.Text}");

    public async Task Set(string text)
    {
        byDefault.State.Text = text;
        byName.State.Text = text + "2";
        await byDefault.WriteStateAsync();
        await byName.WriteStateAsync();
    }
}

/// <summary>A real silo, stopped and started on the same file.</summary>
public sealed class SiloRestartTests
{
    [Fact]
    public async Task Silo_RestartedOnTheSameFile_FindsItsGrainsState()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        string path = Embedded.StorageFixture.NewPath();
        using (IHost first = Build(path))
        {
            await first.StartAsync(cancellation);
            await first.Services.GetRequiredService<IGrainFactory>().GetGrain<INoteGrain>("a").Set("text");
            await first.StopAsync(cancellation);
        }

        using IHost second = Build(path);
        await second.StartAsync(cancellation);

        Assert.Equal("text/text2", await second.Services.GetRequiredService<IGrainFactory>().GetGrain<INoteGrain>("a").Get());
        Assert.Single(await second.Services.GetRequiredService<IStateIndex>().ListKeysAsync("named", "a", cancellation));
        await second.StopAsync(cancellation);
        Directory.GetParent(path)!.Parent!.Delete(true);
    }

    [Fact]
    public async Task Silo_NoPath_DoesNotStartAndSaysWhy()
    {
        using IHost host = Build("");

        OptionsValidationException failure = await Assert.ThrowsAsync<OptionsValidationException>(
            () => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains("EmbeddedStorageOptions.Path", failure.Message, StringComparison.Ordinal);
    }

    private static IHost Build(string path) => Host.CreateDefaultBuilder()
        .ConfigureLogging(logging => logging.ClearProviders())
        .UseOrleans(silo => silo
            .UseLocalhostClustering(Ports.Free(), Ports.Free())
            .AddCn2EmbeddedStorage(options => options.Path = path))
        .Build();
}
