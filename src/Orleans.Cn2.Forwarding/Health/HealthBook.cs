using System.Collections.Immutable;

namespace Orleans.Cn2.Forwarding.Health;

/// <summary>
/// What failed and what was put right, by part, since the start. Each happening is told once to whoever logs and counts; the book keeps the
/// totals for the status. Safe for use from several threads.
/// </summary>
/// <param name="told">Told of every happening, outside any lock; it must not throw.</param>
/// <param name="time">The clock of the entries.</param>
public sealed class HealthBook(Action<HealthEvent>? told = null, TimeProvider? time = null)
{
    private readonly Lock _turn = new();
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly SortedDictionary<string, PartHealth> _parts = new(StringComparer.Ordinal);

    /// <summary>A part failed.</summary>
    public void Fault(string part, Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        Fault(part, failure.Message, failure);
    }

    /// <summary>A part failed, and nothing was thrown.</summary>
    public void Fault(string part, string cause) => Fault(part, cause, null);

    /// <summary>Sets or, with null, clears what is wrong with a part; a cause that is known already is not told again.</summary>
    public void SetCondition(string part, string? cause)
    {
        if (cause is null)
        {
            Recover(part);
            return;
        }

        lock (_turn)
        {
            if (_parts.TryGetValue(part, out PartHealth? known) && known.IsFaulty && known.Cause == cause)
            {
                return;
            }
        }

        Fault(part, cause, null);
    }

    /// <summary>A part works; told only where it had failed.</summary>
    public void Recover(string part)
    {
        lock (_turn)
        {
            if (!_parts.TryGetValue(part, out PartHealth? known) || !known.IsFaulty)
            {
                return;
            }

            _parts[part] = known with { IsFaulty = false };
        }

        told?.Invoke(new HealthEvent(HealthEventKind.Recovered, part, "works again", null));
    }

    /// <summary>A part put something right.</summary>
    public void Repair(string part, string what)
    {
        Record(part, what, isFaulty: null, faults: 0, repairs: 1);
        told?.Invoke(new HealthEvent(HealthEventKind.Repaired, part, what, null));
    }

    /// <summary>Every part that failed or repaired something since the start, by name.</summary>
    public ImmutableArray<PartHealth> Read()
    {
        lock (_turn)
        {
            return [.. _parts.Values];
        }
    }

    private void Fault(string part, string cause, Exception? failure)
    {
        Record(part, cause, isFaulty: true, faults: 1, repairs: 0);
        told?.Invoke(new HealthEvent(HealthEventKind.Faulted, part, cause, failure));
    }

    private void Record(string part, string cause, bool? isFaulty, ulong faults, ulong repairs)
    {
        lock (_turn)
        {
            PartHealth before = _parts.GetValueOrDefault(part) ?? new PartHealth(part, false, "", 0, 0, default);
            _parts[part] = new PartHealth(
                part, isFaulty ?? before.IsFaulty, cause, before.Faults + faults, before.Repairs + repairs, _time.GetUtcNow());
        }
    }
}
