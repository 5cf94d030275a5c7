using System.Diagnostics;
using System.Globalization;

namespace Orleans.Cn2.Storage.Tests.Embedded;

/// <summary>A real process, ended by SIGKILL while it writes: whatever it acknowledged must be there (invariant I4).</summary>
public sealed class KillTests
{
    // Beside the assembly, however the tests were started: by "dotnet X.dll" this process' own path is dotnet's.
    private static string ThisProgram => Path.ChangeExtension(typeof(KillTests).Assembly.Location, null);

    [Fact]
    public async Task Write_ProcessKilledTenTimes_LosesNothingAcknowledged()
    {
        string path = StorageFixture.NewPath();
        Random random = new(20260101);
        long[] acknowledged = new long[KilledWriter.Writers];
        for (int round = 0; round < 10; round++)
        {
            await WriteAndKill(path, random.Next(1, 2000), acknowledged);
            await using StorageFixture store = await StorageFixture.OpenAsync(path);
            for (int writer = 0; writer < KilledWriter.Writers; writer++)
            {
                State<Note> state = new();
                await store.Storage.ReadStateAsync("note", GrainId.Create("killed", $"{writer}"), state);
                // One write may have become durable without its acknowledgement having been printed.
                Assert.InRange(state.Value.Number, acknowledged[writer], acknowledged[writer] + 1);
                acknowledged[writer] = state.Value.Number;
            }
        }

        Assert.All(acknowledged, count => Assert.True(count > 0));
        Directory.GetParent(path)!.Parent!.Delete(true);
    }

    private static async Task WriteAndKill(string path, int lines, long[] acknowledged)
    {
        using Process child = Process.Start(new ProcessStartInfo(ThisProgram, [KilledWriter.Argument, path])
        {
            RedirectStandardOutput = true,
        })!;
        using CancellationTokenSource bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            for (int line = 0; await child.StandardOutput.ReadLineAsync(bound.Token) is string text; line++)
            {
                // After the kill the pipe is read to its end: those acknowledgements were given too. The last may be cut.
                if (text.Split(' ') is [string writer, string number] && number.Length > 0)
                {
                    acknowledged[int.Parse(writer, CultureInfo.InvariantCulture)] = long.Parse(number, CultureInfo.InvariantCulture);
                }

                if (line == lines)
                {
                    child.Kill();
                }
            }
        }
        finally
        {
            child.Kill();
            await child.WaitForExitAsync(CancellationToken.None);
        }
    }
}
