namespace Orleans.Cn2.Storage.Tests.Embedded;

/// <summary>The process that writes until it is killed, and prints each write once it was acknowledged.</summary>
internal static class KilledWriter
{
    public const string Argument = "--write-until-killed";

    public const int Writers = 16;

    public static async Task<int> RunAsync(string path)
    {
        await using StorageFixture fixture = await StorageFixture.OpenAsync(path);
        await using Stream output = Console.OpenStandardOutput();
        Lock gate = new();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            GrainId id = GrainId.Create("killed", $"{writer}");
            State<Note> state = new();
            await fixture.Storage.ReadStateAsync("note", id, state);
            while (true)
            {
                long next = state.Value.Number + 1;
                state.Value = new() { Number = next };
                await fixture.Storage.WriteStateAsync("note", id, state);
                byte[] line = System.Text.Encoding.ASCII.GetBytes($"{writer} {next}\n");
                lock (gate)
                {
                    output.Write(line);
                    output.Flush();
                }
            }
        }));
        return 0;
    }
}
