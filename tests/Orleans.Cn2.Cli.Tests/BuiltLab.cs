using Orleans.Cn2.Cli.LabGlue;
using Orleans.Cn2.Lab;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Cli.Tests;

/// <summary>A lab under a name of its own with the programs that were built along with these tests; disposed, it leaves nothing.</summary>
internal sealed class BuiltLab : IAsyncDisposable
{
    private readonly string _name;

    private BuiltLab(string name, LabSession session) => (_name, Session) = (name, session);

    public LabSession Session { get; }

    public static async Task<BuiltLab> UpAsync(string name, int nodes)
    {
        Environment.SetEnvironmentVariable("CN2_BIN", Checkout.ProgramPath);
        LabOptions options = new() { Name = name, Nodes = nodes, EchoPath = Binaries.Find(Binaries.Echo) };
        return new BuiltLab(name, await LabSession.CreateAsync(options, LabEngine.Default, TextWriter.Null, TestContext.Current.CancellationToken));
    }

    /// <summary>Where its silo serves JSON and metrics.</summary>
    public Task<string> HttpAsync() => File.ReadAllTextAsync(LabSilo.HttpFile(LabSession.DirectoryOf(_name)));

    public async ValueTask DisposeAsync()
    {
        Session.Dispose();
        await LabSession.DestroyAsync(_name, CancellationToken.None);
    }
}
