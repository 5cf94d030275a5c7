using Orleans.Storage;

namespace Orleans.Cn2.Storage.Tests;

/// <summary>What every grain storage of this product must do; a provider inherits it and passes its storage in.</summary>
public abstract class GrainStorageConformance
{
    private const string Name = "note";

    protected abstract IGrainStorage Storage { get; }

    /// <summary>Whether a refusal names the etags that stood against each other; for people only, no rule rests on it.</summary>
    protected virtual bool RefusalNamesEtags => true;

    public static TheoryData<string> Keys => ["a", "default/web", "%_'\";--", "ключ-鍵-🗝", "a\0b", new string('k', 4000)];

    private static GrainId Id(string key) => GrainId.Create("conformance", key);

    private async Task<State<Note>> Read(string key, string name = Name)
    {
        State<Note> state = new() { ETag = "1", RecordExists = true, Value = new Note { Text = "stale" } };
        await Storage.ReadStateAsync(name, Id(key), state);
        return state;
    }

    private async Task<State<Note>> Write(string key, string text, State<Note>? state = null, string name = Name)
    {
        state ??= new();
        state.Value = new Note { Text = text };
        await Storage.WriteStateAsync(name, Id(key), state);
        return state;
    }

    [Fact]
    public async Task Read_NothingStored_GivesFreshState()
    {
        State<Note> state = await Read("absent");

        Assert.False(state.RecordExists);
        Assert.Null(state.ETag);
        Assert.Equal(new Note(), state.Value);
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task Write_AnyKey_IsReadBackUnderThatKeyAlone(string key)
    {
        State<Note> written = await Write(key, key);

        State<Note> read = await Read(key);
        Assert.Equal(key, read.Value.Text);
        Assert.Equal(written.ETag, read.ETag);
        Assert.True(read.RecordExists);
        Assert.False((await Read(key + "x")).RecordExists);
        Assert.False((await Read(key, "other")).RecordExists);
    }

    [Fact]
    public async Task Write_Repeated_ChangesEtagEachTime()
    {
        State<Note> state = new();
        HashSet<string?> etags = [];
        for (int i = 0; i < 10; i++)
        {
            await Write("repeat", $"{i}", state);
            Assert.True(etags.Add(state.ETag));
        }

        Assert.Equal("9", (await Read("repeat")).Value.Text);
    }

    [Theory]
    [InlineData(null, "a second activation that read before the first write")]
    [InlineData("999999", "an etag never given")]
    [InlineData("not ours", "an etag of another store")]
    public async Task Write_WrongEtag_IsRefusedAndChangesNothing(string? etag, string reason)
    {
        State<Note> first = await Write("conflict", "first");

        InconsistentStateException refused = await Assert.ThrowsAsync<InconsistentStateException>(
            () => Write("conflict", reason, new State<Note> { ETag = etag }));

        if (RefusalNamesEtags)
        {
            Assert.Equal(first.ETag, refused.StoredEtag);
            Assert.Equal(etag ?? "", refused.CurrentEtag);
        }

        Assert.Equal("first", (await Read("conflict")).Value.Text);
    }

    [Fact]
    public async Task Clear_Stored_RemovesIt()
    {
        State<Note> state = await Write("clear", "x");

        await Storage.ClearStateAsync(Name, Id("clear"), state);

        Assert.Null(state.ETag);
        Assert.False(state.RecordExists);
        Assert.Equal(new Note(), state.Value);
        Assert.False((await Read("clear")).RecordExists);
    }

    [Fact]
    public async Task Clear_NothingStored_Succeeds()
    {
        State<Note> state = new();

        await Storage.ClearStateAsync(Name, Id("never"), state);

        Assert.False(state.RecordExists);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("999999")]
    public async Task Clear_WrongEtag_IsRefused(string? etag)
    {
        await Write("keep", "x");

        await Assert.ThrowsAsync<InconsistentStateException>(
            () => Storage.ClearStateAsync(Name, Id("keep"), new State<Note> { ETag = etag }));

        Assert.True((await Read("keep")).RecordExists);
    }

    [Fact]
    public async Task Write_EtagFromBeforeAClear_IsRefused()
    {
        State<Note> stale = await Write("reborn", "old");
        await Storage.ClearStateAsync(Name, Id("reborn"), await Read("reborn"));
        await Write("reborn", "new");

        await Assert.ThrowsAsync<InconsistentStateException>(() => Write("reborn", "ghost", stale));

        Assert.Equal("new", (await Read("reborn")).Value.Text);
    }

    [Fact]
    public async Task Write_ManyAtOnceForOneKey_ExactlyOneWins()
    {
        int[] wins = await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            try
            {
                await Write("race", $"{i}");
                return 1;
            }
            catch (InconsistentStateException)
            {
                return 0;
            }
        }));

        Assert.Equal(1, wins.Sum());
    }

    [Fact]
    public async Task Write_ThousandsOfKeysAtOnce_AllAreThere()
    {
        await Task.WhenAll(Enumerable.Range(0, 5000).Select(i => Write($"many-{i}", $"{i}")));

        State<Note>[] read = await Task.WhenAll(Enumerable.Range(0, 5000).Select(i => Read($"many-{i}")));
        Assert.All(read.Index(), pair => Assert.Equal($"{pair.Index}", pair.Item.Value.Text));
    }

    [Fact]
    public async Task Write_OneMegabyte_IsReadBack()
    {
        string text = string.Concat(Enumerable.Range(0, 1 << 17).Select(i => $"{i:x8}"));

        await Write("large", text);

        Assert.Equal(text, (await Read("large")).Value.Text);
    }
}
