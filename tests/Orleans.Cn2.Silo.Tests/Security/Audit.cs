
namespace Orleans.Cn2.Silo.Tests.Security;

/// <summary>The lines of an audit file.</summary>
internal static class Audit
{
    public static async Task<string> LineAsync(string file, Func<string, bool> wanted)
    {
        string? found = null;
        await Until.TrueAsync("the audit line is there", TimeSpan.FromSeconds(30), async () => (found = (await LinesAsync(file)).LastOrDefault(wanted)) is not null, () => "");
        return found!;
    }

    public static async Task<IReadOnlyList<string>> LinesAsync(string file)
    {
        using StreamReader reader = new(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
