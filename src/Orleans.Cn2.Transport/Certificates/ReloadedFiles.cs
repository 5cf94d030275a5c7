using System.Collections.Immutable;

namespace Orleans.Cn2.Transport.Certificates;

/// <summary>
/// A value made of the text of files, made anew after their text changed. The files are looked at when the value is asked for, at most once a
/// second; what can't be used leaves the former value in place, so that a half-written file breaks nothing. Thread-safe.
/// </summary>
/// <typeparam name="T">An immutable value.</typeparam>
public sealed class ReloadedFiles<T>
    where T : class
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private readonly ImmutableArray<string> _paths;
    private readonly Func<ImmutableArray<string>, T> _make;
    private readonly TimeProvider _time;
    private ImmutableArray<string> _tried;
    private T _value;
    private string? _fault;
    private long _lookedAt;

    /// <summary>Reads the files for the first time; what <paramref name="make"/> or the file system throws is the caller's.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="make">Makes the value of their texts, in order.</param>
    /// <param name="time">Says when a second passed.</param>
    public ReloadedFiles(ImmutableArray<string> paths, Func<ImmutableArray<string>, T> make, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(make);
        ArgumentNullException.ThrowIfNull(time);
        (_paths, _make, _time) = (paths, make, time);
        _tried = [.. paths.Select(File.ReadAllText)];
        _value = make(_tried);
        _lookedAt = time.GetTimestamp();
    }

    /// <summary>Told once for each change of the files: null when the new value is in use, else why it is not.</summary>
    public event Action<string?>? Changed;

    /// <summary>The value of the files as they were within the last second.</summary>
    public T Current
    {
        get
        {
            lock (_gate)
            {
                if (_time.GetElapsedTime(_lookedAt) >= Between)
                {
                    _lookedAt = _time.GetTimestamp();
                    Look();
                }

                return _value;
            }
        }
    }

    private void Look()
    {
        ImmutableArray<string> texts = _tried;
        try
        {
            texts = [.. _paths.Select(File.ReadAllText)];
            if (texts.SequenceEqual(_tried))
            {
                return;
            }

            _value = _make(texts);
            Tell(texts, null);
        }
        catch (Exception unusable) when (PemFiles.IsFault(unusable))
        {
            Tell(texts, unusable.Message);
        }
    }

    private void Tell(ImmutableArray<string> texts, string? fault)
    {
        bool told = fault is not null && fault == _fault;
        (_tried, _fault) = (texts, fault);
        if (!told)
        {
            Changed?.Invoke(fault);
        }
    }
}
