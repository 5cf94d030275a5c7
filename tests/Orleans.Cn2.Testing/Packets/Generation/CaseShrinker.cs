using System.Collections.Immutable;

namespace Orleans.Cn2.Testing.Packets.Generation;

/// <summary>Leaves steps out of a case while it still fails: halves first, then ever smaller pieces, then services of its changes.</summary>
public static class CaseShrinker
{
    private const int MostTries = 3_000;

    /// <param name="found">A case that fails.</param>
    /// <param name="fails">True for a case that fails too.</param>
    public static PacketCase Shrink(PacketCase found, Func<PacketCase, bool> fails)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(fails);
        int tries = MostTries;
        bool Fails(PacketCase candidate) => --tries > 0 && fails(candidate);

        ImmutableArray<CaseStep> steps = found.Steps;
        for (int piece = Math.Max(1, steps.Length / 2); piece > 0; piece /= 2)
        {
            for (int at = 0; at < steps.Length;)
            {
                ImmutableArray<CaseStep> fewer = steps.RemoveRange(at, Math.Min(piece, steps.Length - at));
                if (Fails(found with { Steps = fewer }))
                {
                    steps = fewer;
                }
                else
                {
                    at += piece;
                }
            }
        }

        return found with { Steps = WithFewerServices(found, steps, Fails) };
    }

    private static ImmutableArray<CaseStep> WithFewerServices(PacketCase found, ImmutableArray<CaseStep> steps, Func<PacketCase, bool> fails)
    {
        for (int at = 0; at < steps.Length; at++)
        {
            for (int service = steps[at] is CaseChange { Change.Upserts.Length: int count } ? count - 1 : -1; service >= 0; service--)
            {
                CaseChange change = (CaseChange)steps[at];
                ImmutableArray<CaseStep> fewer = steps.SetItem(
                    at, new CaseChange(change.Change with { Upserts = change.Change.Upserts.RemoveAt(service) }));
                if (fails(found with { Steps = fewer }))
                {
                    steps = fewer;
                }
            }
        }

        return steps;
    }
}
