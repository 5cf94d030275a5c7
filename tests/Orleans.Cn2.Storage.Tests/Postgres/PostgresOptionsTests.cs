using Microsoft.Extensions.Options;

namespace Orleans.Cn2.Storage.Tests.Postgres;

public sealed class PostgresOptionsTests
{
    [Fact]
    public void Validate_EverythingWrong_NamesEachSettingAndNoPassword()
    {
        ValidateOptionsResult result = new PostgresStorageOptionsValidator().Validate(null, new()
        {
            ConnectionString = "Username=cn2;Password=secret",
            MaxBatch = 0,
            QueueCapacity = 0,
            Writers = 0,
            Readers = 0,
            Timeout = TimeSpan.Zero,
        });

        Assert.Equal(
            ["ConnectionString", "ConnectionString", "MaxBatch", "QueueCapacity", "Writers", "Readers", "Timeout"],
            result.Failures!.Select(failure => failure.Split('.', ' ')[1]));
        Assert.DoesNotContain("secret", result.FailureMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=db;Database=cn2;Port=none")]
    [InlineData("Host=db;Database=cn2;Colour=red")]
    [InlineData("db")]
    public void Validate_Malformed_SaysSo(string connectionString) =>
        Assert.Contains(
            "can't be read",
            new PostgresStorageOptionsValidator().Validate(null, new() { ConnectionString = connectionString }).FailureMessage,
            StringComparison.Ordinal);

    [Fact]
    public void Validate_HostAndDatabase_Passes() =>
        Assert.True(new PostgresStorageOptionsValidator().Validate(null, new() { ConnectionString = "Host=db;Database=cn2" }).Succeeded);
}
