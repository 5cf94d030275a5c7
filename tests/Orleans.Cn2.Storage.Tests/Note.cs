namespace Orleans.Cn2.Storage.Tests;

[GenerateSerializer]
public sealed record Note
{
    [Id(0)]
    public string Text { get; set; } = "";

    [Id(1)]
    public long Number { get; set; }
}

/// <summary>A later release's form of <see cref="Note"/>: one field more, one gone.</summary>
[GenerateSerializer]
public sealed record NoteOfLaterRelease
{
    [Id(0)]
    public string Text { get; set; } = "";

    [Id(2)]
    public string Added { get; set; } = "";
}

internal sealed class State<T> : IGrainState<T>
    where T : class, new()
{
    public T Value { get; set; } = new();

    public string? ETag { get; set; }

    public bool RecordExists { get; set; }

    T? IGrainState<T>.State
    {
        get => Value;
        set => Value = value!;
    }

    string? IGrainState<T>.ETag
    {
        get => ETag;
        set => ETag = value;
    }
}
