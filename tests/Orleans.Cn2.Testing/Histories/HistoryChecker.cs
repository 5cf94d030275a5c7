using System.Collections.Immutable;

namespace Orleans.Cn2.Testing.Histories;

/// <summary>
/// Looks for broken promises in a history. It reports only what no order of effects can explain: a call whose outcome is unknown may have its effect at any
/// time after it was made.
/// </summary>
/// <param name="addressesOf">How many addresses an object of this name has when it is whole.</param>
/// <param name="isAskedFor">Whether an address is asked for by name: such a one is given out again at once (I2).</param>
public sealed class HistoryChecker(Func<string, int> addressesOf, Func<string, bool> isAskedFor)
{
    private const int CallsTold = 12;

    /// <summary>Every violation found.</summary>
    public ImmutableArray<Violation> Check(IEnumerable<Operation> operations, IEnumerable<Holding> holdings)
    {
        List<Violation> found = [];
        List<Ownership> owned = [];
        foreach (IGrouping<string, Operation> calls in operations.GroupBy(operation => operation.Object, StringComparer.Ordinal))
        {
            Operation[] inOrder = [.. calls.OrderBy(call => call.Began)];
            CheckValues(inOrder, found);
            CheckWholeness(inOrder, found);
            owned.AddRange(OwnershipsOf(inOrder));
        }

        CheckOwnerships(owned, found);
        Holding[] held = [.. holdings.Where(holding => !isAskedFor(holding.Address))];
        CheckReuse(owned, held, found);
        CheckTables(held, found);
        return [.. found];
    }

    /// <summary>
    /// Every acknowledged write is there, and every other one wholly or not at all. A call whose outcome is unknown may yet have its effect on what it names: a
    /// Delete on the object of its uid, a Put on that too or where there is none.
    /// </summary>
    private static void CheckValues(Operation[] calls, List<Violation> found)
    {
        (string Uid, int Value)? certain = null;
        HashSet<(string Uid, int Value)> latePuts = [];
        HashSet<string> lateDeletes = [];
        bool MayBeGone() => certain is not { } there || lateDeletes.Contains(there.Uid);
        bool MayBe((string Uid, int Value)? shown) => shown == certain
            || (shown is { } put ? latePuts.Contains(put) && (put.Uid == certain?.Uid || MayBeGone()) : MayBeGone());
        foreach (Operation call in calls)
        {
            if (call.Outcome == Outcome.Unknown)
            {
                _ = call.Kind == OperationKind.Put ? latePuts.Add((call.Uid!, call.Written)) : call.Kind == OperationKind.Delete && lateDeletes.Add(call.Uid!);
                continue;
            }

            if (call.Outcome == Outcome.Refused)
            {
                continue;
            }

            // A Put and a Delete tell what they left, a Get what it found.
            (string Uid, int Value)? shown = call.Kind == OperationKind.Delete || call.Seen is null ? null : (call.Seen.Uid, call.Seen.Value);
            bool holds = call.Kind switch
            {
                OperationKind.Put => shown == (call.Uid!, call.Written),
                OperationKind.Delete => true,
                _ => MayBe(shown),
            };
            if (!holds)
            {
                string expected = call.Kind == OperationKind.Put ? $"{call.Written} of {call.Uid}" : certain is { } there ? $"{there.Value} of {there.Uid}" : "nothing";
                found.Add(new Violation(ViolationKind.LostWrite, $"{call}, but {expected} is there{Before(calls, call)}"));
            }

            certain = shown;
        }
    }

    private void CheckWholeness(Operation[] calls, List<Violation> found)
    {
        foreach (Operation half in calls.Where(call => call is { Outcome: Outcome.Acknowledged, Seen: not null } && call.Seen.Addresses.Length != addressesOf(call.Object)))
        {
            found.Add(new Violation(ViolationKind.HalfDone, $"{half}, but it has {addressesOf(half.Object)} addresses when it is whole{Before(calls, half)}"));
        }

        foreach (IGrouping<(string, int), Sighting> life in Sightings(calls).GroupBy(sighting => (sighting.Seen.Uid, sighting.Life)))
        {
            Sighting first = life.First();
            foreach (Sighting moved in life.Where(later => !later.Seen.Addresses.SequenceEqual(first.Seen.Addresses)))
            {
                found.Add(new Violation(ViolationKind.MovedAddress, $"{moved.Call}, but before it had [{string.Join(' ', first.Seen.Addresses)}]{Before(calls, moved.Call)}"));
            }
        }
    }

    /// <summary>
    /// Answers that showed the object alive for certain, each with the life it belongs to: one ends with the first call that may have removed the object. While
    /// a Delete of unknown outcome may yet strike an object that was there before it, nothing is certain of that one; a Delete names the uid that it removes.
    /// </summary>
    private static IEnumerable<Sighting> Sightings(Operation[] calls)
    {
        HashSet<string> doubtful = [];
        HashSet<string> known = [];
        int life = 0;
        foreach (Operation call in calls)
        {
            if (call.Kind == OperationKind.Delete)
            {
                life++;
                doubtful.UnionWith(call.Outcome == Outcome.Unknown ? known : []);
            }
            else if (call is { Outcome: Outcome.Acknowledged, Seen: { } seen })
            {
                known.Add(seen.Uid);
                if (!doubtful.Contains(seen.Uid))
                {
                    yield return new Sighting(call, seen, life);
                }
            }
        }
    }

    /// <summary>When an object surely had its addresses: from the first answer that showed it until the first call that may have removed it.</summary>
    private static IEnumerable<Ownership> OwnershipsOf(Operation[] calls)
    {
        Operation[] deletions = [.. calls.Where(call => call.Kind == OperationKind.Delete)];
        foreach (Sighting first in Sightings(calls).GroupBy(sighting => (sighting.Seen.Uid, sighting.Life)).Select(life => life.First()))
        {
            TimeSpan until = first.Life < deletions.Length ? deletions[first.Life].Began : TimeSpan.MaxValue;
            foreach (string address in first.Seen.Addresses)
            {
                yield return new Ownership(address, first.Seen.Uid, first.Call.Ended, until, first.Call);
            }
        }
    }

    private static void CheckOwnerships(List<Ownership> owned, List<Violation> found)
    {
        foreach (IGrouping<string, Ownership> one in owned.GroupBy(each => each.Address, StringComparer.Ordinal))
        {
            Ownership? longest = null;
            foreach (Ownership next in one.OrderBy(each => each.From))
            {
                if (longest is not null && longest.Uid != next.Uid && longest.Until > next.From)
                {
                    found.Add(new Violation(ViolationKind.DoubleAllocation, $"{one.Key}: {longest.Shown} | {next.Shown}"));
                }

                longest = longest is null || next.Until > longest.Until ? next : longest;
            }
        }
    }

    private static void CheckReuse(List<Ownership> owned, Holding[] holdings, List<Violation> found)
    {
        ILookup<string, Holding> byAddress = holdings.ToLookup(holding => holding.Address, StringComparer.Ordinal);
        foreach (Ownership one in owned)
        {
            foreach (Holding other in byAddress[one.Address].Where(held => held.Uid != one.Uid && held.From <= one.From && held.To > one.From))
            {
                found.Add(new Violation(ViolationKind.EarlyReuse, $"{one.Shown}, but {other}"));
            }
        }
    }

    /// <summary>No table leads to two objects by one address.</summary>
    private static void CheckTables(Holding[] holdings, List<Violation> found)
    {
        foreach (IGrouping<(string, string), Holding> table in holdings.GroupBy(holding => (holding.Node, holding.Address)))
        {
            Holding? before = null;
            foreach (Holding next in table.OrderBy(holding => holding.From))
            {
                if (before is not null && before.Uid != next.Uid && before.To > next.From)
                {
                    found.Add(new Violation(ViolationKind.EarlyReuse, $"{before} | {next}"));
                }

                before = before is null || next.To > before.To ? next : before;
            }
        }
    }

    private static string Before(Operation[] calls, Operation call) =>
        string.Concat(calls.TakeWhile(each => each != call).TakeLast(CallsTold).Select(each => $"\n    {each}"));

    private sealed record Sighting(Operation Call, SeenObject Seen, int Life);

    private sealed record Ownership(string Address, string Uid, TimeSpan From, TimeSpan Until, Operation Shown);
}
