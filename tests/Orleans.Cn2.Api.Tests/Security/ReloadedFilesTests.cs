using Microsoft.Extensions.Time.Testing;
using Orleans.Cn2.Transport.Certificates;

namespace Orleans.Cn2.Api.Tests.Security;

public sealed class ReloadedFilesTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();
    private readonly FakeTimeProvider _time = new();
    private readonly List<string?> _told = [];

    [Fact]
    public void Current_FileChanged_IsReadAfterASecond()
    {
        ReloadedFiles<string> files = Open("one");
        File.WriteAllText(_file, "two");
        Assert.Equal("one", files.Current);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("two", files.Current);
        Assert.Equal([null], _told);
    }

    [Fact]
    public void Current_FileUnusable_KeepsTheFormerAndTellsOnce()
    {
        ReloadedFiles<string> files = Open("one");
        File.WriteAllText(_file, "bad");
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("one", files.Current);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("one", files.Current);
        Assert.Equal(["bad file"], _told);
        File.WriteAllText(_file, "two");
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("two", files.Current);
    }

    [Fact]
    public void Current_FileGone_KeepsTheFormer()
    {
        ReloadedFiles<string> files = Open("one");
        File.Delete(_file);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("one", files.Current);
        Assert.Single(_told);
    }

    [Fact]
    public void New_FileUnusable_Throws()
    {
        File.WriteAllText(_file, "bad");
        Assert.Throws<FormatException>(() => new ReloadedFiles<string>([_file], texts => Make(texts[0]), _time));
    }

    public void Dispose() => File.Delete(_file);

    private ReloadedFiles<string> Open(string text)
    {
        File.WriteAllText(_file, text);
        ReloadedFiles<string> files = new([_file], texts => Make(texts[0]), _time);
        files.Changed += _told.Add;
        return files;
    }

    private static string Make(string text) => text == "bad" ? throw new FormatException("bad file") : text;
}
