using Microsoft.Extensions.Options;

namespace Orleans.Cn2.Storage.Tests.Embedded;

public sealed class OptionsTests
{
    [Fact]
    public void Validate_EverythingWrong_NamesEachSetting()
    {
        ValidateOptionsResult result = new EmbeddedStorageOptionsValidator().Validate(null, new()
        {
            Path = " ",
            MaxBatch = 0,
            QueueCapacity = 0,
            Readers = 0,
            MaxBytes = 1,
            LockTimeout = TimeSpan.Zero,
        });

        Assert.Equal(
            ["Path", "MaxBatch", "QueueCapacity", "Readers", "MaxBytes", "LockTimeout"],
            result.Failures!.Select(failure => failure.Split('.', ' ')[1]));
    }

    [Fact]
    public void Validate_OnlyPathSet_Passes() =>
        Assert.True(new EmbeddedStorageOptionsValidator().Validate(null, new() { Path = "data/store.db" }).Succeeded);
}
