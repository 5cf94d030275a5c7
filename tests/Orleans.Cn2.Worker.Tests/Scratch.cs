namespace Orleans.Cn2.Worker.Tests;

/// <summary>A directory of a test's own, gone with it.</summary>
internal sealed class Scratch : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("cn2-worker-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
