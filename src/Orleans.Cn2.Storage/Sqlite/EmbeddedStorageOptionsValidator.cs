using Microsoft.Extensions.Options;

namespace Orleans.Cn2.Storage;

/// <summary>Checks the settings at start and reports everything wrong at once.</summary>
internal sealed class EmbeddedStorageOptionsValidator : IValidateOptions<EmbeddedStorageOptions>
{
    /// <summary>SQLite's page size as we create files, and so the smallest step of <see cref="EmbeddedStorageOptions.MaxBytes"/>.</summary>
    internal const int PageBytes = 4096;

    private const long MinimumBytes = 64 * PageBytes;

    public ValidateOptionsResult Validate(string? name, EmbeddedStorageOptions options)
    {
        List<string> errors = [];
        Require(!string.IsNullOrWhiteSpace(options.Path), nameof(options.Path), options.Path, "must name the database file");
        Require(!options.Path.Contains('\0', StringComparison.Ordinal), nameof(options.Path), options.Path, "must not hold a NUL character");
        Require(!options.Path.EndsWith('/'), nameof(options.Path), options.Path, "must be a file, not a directory");
        Require(options.MaxBatch is >= 1 and <= 65536, nameof(options.MaxBatch), options.MaxBatch, "must be 1 to 65536");
        Require(options.QueueCapacity is >= 1 and <= 1 << 20, nameof(options.QueueCapacity), options.QueueCapacity, "must be 1 to 1048576");
        Require(options.Readers is >= 1 and <= 64, nameof(options.Readers), options.Readers, "must be 1 to 64");
        Require(options.MaxBytes is null or >= MinimumBytes, nameof(options.MaxBytes), options.MaxBytes, $"must be at least {MinimumBytes}, or unset");
        Require(
            options.LockTimeout >= TimeSpan.FromSeconds(1) && options.LockTimeout <= TimeSpan.FromMinutes(5),
            nameof(options.LockTimeout),
            options.LockTimeout,
            "must be 1 s to 5 min");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void Require(bool holds, string property, object? value, string rule)
        {
            if (!holds)
            {
                errors.Add($"{nameof(EmbeddedStorageOptions)}.{property} '{value}' {rule}");
            }
        }
    }
}
