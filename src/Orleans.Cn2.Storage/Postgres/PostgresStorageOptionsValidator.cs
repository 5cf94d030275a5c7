using Microsoft.Extensions.Options;
using Orleans.Cn2.Schema;

namespace Orleans.Cn2.Storage;

/// <summary>Checks the settings at start and reports everything wrong at once. The connection string is never shown: it may hold a password.</summary>
internal sealed class PostgresStorageOptionsValidator : IValidateOptions<PostgresStorageOptions>
{
    public ValidateOptionsResult Validate(string? name, PostgresStorageOptions options)
    {
        List<string> errors = [.. PostgresConnection.Faults(options.ConnectionString).Select(error => $"{Of(nameof(options.ConnectionString))} {error}")];
        Require(options.MaxBatch is >= 1 and <= 65536, nameof(options.MaxBatch), options.MaxBatch, "must be 1 to 65536");
        Require(options.QueueCapacity is >= 1 and <= 1 << 20, nameof(options.QueueCapacity), options.QueueCapacity, "must be 1 to 1048576");
        Require(options.Writers is >= 1 and <= 16, nameof(options.Writers), options.Writers, "must be 1 to 16");
        Require(options.Readers is >= 1 and <= 64, nameof(options.Readers), options.Readers, "must be 1 to 64");
        Require(
            options.Timeout >= TimeSpan.FromSeconds(1) && options.Timeout <= TimeSpan.FromMinutes(5), nameof(options.Timeout), options.Timeout, "must be 1 s to 5 min");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void Require(bool holds, string property, object? value, string rule)
        {
            if (!holds)
            {
                errors.Add($"{Of(property)} '{value}' {rule}");
            }
        }
    }

    private static string Of(string property) => $"{nameof(PostgresStorageOptions)}.{property}";
}
