using System.Collections.Immutable;
using CsCheck;
using Orleans.Cn2.Testing.Histories;

namespace Orleans.Cn2.Silo.Tests.Histories;

/// <summary>A checker that finds nothing proves nothing: each promise is broken here on purpose.</summary>
public sealed class HistoryCheckerTests
{
    private const string Wanted = "10.96.0.9";
    private readonly List<Operation> _operations = [];
    private readonly List<Holding> _holdings = [];

    [Fact]
    public void Check_OrderlyLife_FindsNothing()
    {
        Put("a", 0, "ua", 1, "10.96.0.1");
        Put("a", 1, "ua", 2, "10.96.0.1");
        Get("a", 2, "ua", 2, "10.96.0.1");
        Hold("ua", "10.96.0.1", 1, 4);
        Delete("a", 3);
        Get("a", 5);
        Put("b", 6, "ub", 3, "10.96.0.1");
        Hold("ub", "10.96.0.1", 7);
        Finds();
    }

    [Fact]
    public void Check_AcknowledgedWriteIsGone_IsFound()
    {
        Put("a", 0, "ua", 1, "10.96.0.1");
        Put("a", 1, "ua", 2, "10.96.0.1");
        Get("a", 2, "ua", 1, "10.96.0.1");
        Finds(ViolationKind.LostWrite);
    }

    [Fact]
    public void Check_AcknowledgedCreationIsGone_IsFound()
    {
        Put("a", 0, "ua", 1, "10.96.0.1");
        Get("a", 1);
        Finds(ViolationKind.LostWrite);
    }

    [Fact]
    public void Check_DeletedObjectIsBack_IsFound()
    {
        Put("a", 0, "ua", 1, "10.96.0.1");
        Delete("a", 1);
        Get("a", 2, "ua", 1, "10.96.0.1");
        Finds(ViolationKind.LostWrite);
    }

    [Fact]
    public void Check_AnswerShowsAnotherWrite_IsFound()
    {
        _operations.Add(new Operation("a", OperationKind.Put, At(0), At(1), Outcome.Acknowledged, Written: 1, Seen("ua", 2, "10.96.0.1"), "ua"));
        Finds(ViolationKind.LostWrite);
    }

    [Fact]
    public void Check_WriteOfUnknownOutcome_MayBeThereOrNotAndComeLate()
    {
        Put("a", 0, "ua", 1, "10.96.0.1");
        _operations.Add(new Operation("a", OperationKind.Put, At(1), At(2), Outcome.Unknown, Written: 2, Uid: "ua"));
        Get("a", 3, "ua", 1, "10.96.0.1");
        Get("a", 4, "ua", 2, "10.96.0.1");
        Finds();
    }

    [Fact]
    public void Check_DeletionOfUnknownOutcome_MayComeLate()
    {
        Put("a", 0, "ua", 1, "10.96.0.1");
        _operations.Add(new Operation("a", OperationKind.Delete, At(1), At(2), Outcome.Unknown, Uid: "ua"));
        Get("a", 3, "ua", 1, "10.96.0.1");
        Get("a", 4);
        Finds();
    }

    [Fact]
    public void Check_DeletionOfUnknownOutcomeOfAFormerLife_ExcusesNothing()
    {
        Put("a", 0, "ua", 1, "10.96.0.1");
        _operations.Add(new Operation("a", OperationKind.Delete, At(1), At(2), Outcome.Unknown, Uid: "ua"));
        Get("a", 3);
        Put("a", 4, "ub", 2, "10.96.0.2");
        Get("a", 5);
        Finds(ViolationKind.LostWrite);
    }

    [Fact]
    public void Check_WriteOfUnknownOutcomeOfAFormerLife_DoesNotReplaceALivingObject()
    {
        _operations.Add(new Operation("a", OperationKind.Put, At(0), At(1), Outcome.Unknown, Written: 1, Uid: "ua"));
        Put("a", 2, "ub", 2, "10.96.0.2");
        Get("a", 3, "ua", 1, "10.96.0.1");
        Finds(ViolationKind.LostWrite);
    }

    [Fact]
    public void Check_RefusedWriteHadAnEffect_IsFound()
    {
        Put("a", 0, "ua", 1, "10.96.0.1");
        _operations.Add(new Operation("a", OperationKind.Put, At(1), At(2), Outcome.Refused, Written: 2, Uid: "ua"));
        Get("a", 3, "ua", 2, "10.96.0.1");
        Finds(ViolationKind.LostWrite);
    }

    [Fact]
    public void Check_HalfAnObject_IsFound()
    {
        Put("a", 0, "ua", 1);
        Finds(ViolationKind.HalfDone);
    }

    [Fact]
    public void Check_AddressOfALivingObjectChanged_IsFound()
    {
        Put("a", 0, "ua", 1, "10.96.0.1");
        Get("a", 1, "ua", 1, "10.96.0.2");
        Finds(ViolationKind.MovedAddress);
    }

    [Fact]
    public void Check_AddressOfALivingObjectGivenToAnother_IsFound()
    {
        Put("a", 0, "ua", 1, "10.96.0.1");
        Put("b", 1, "ub", 2, "10.96.0.1");
        Delete("a", 2);
        Finds(ViolationKind.DoubleAllocation);
    }

    [Fact]
    public void Check_AddressGivenToAnotherWhileItsFormerOwnerMayBeGone_IsNoDoubleAllocation()
    {
        Put("a", 0, "ua", 1, "10.96.0.1");
        _operations.Add(new Operation("a", OperationKind.Delete, At(1), At(9), Outcome.Unknown, Uid: "ua"));
        Put("b", 2, "ub", 2, "10.96.0.1");
        Finds();
    }

    [Fact]
    public void Check_AddressGivenToAnotherBeforeAVRouterLetItGo_IsFound()
    {
        Put("a", 0, "ua", 1, "10.96.0.1");
        Hold("ua", "10.96.0.1", 1, 5);
        Delete("a", 2);
        Put("b", 3, "ub", 2, "10.96.0.1");
        Finds(ViolationKind.EarlyReuse);
    }

    [Fact]
    public void Check_ObjectMadeAnewAfterADeletionThatCameLate_MayHaveOtherAddresses()
    {
        Put("a", 0, "ua", 1, "10.96.0.1");
        _operations.Add(new Operation("a", OperationKind.Delete, At(1), At(2), Outcome.Unknown, Uid: "ua"));
        Get("a", 3, "ua", 1, "10.96.0.1");
        Put("a", 4, "ua", 2, "10.96.0.2");
        Put("b", 5, "ub", 3, "10.96.0.1");
        Finds();
    }

    [Fact]
    public void Check_AddressThatIsAskedForGivenToAnotherBeforeAVRouterLetItGo_IsAllowed()
    {
        Put("a", 0, "ua", 1, Wanted);
        Hold("ua", Wanted, 1, 5);
        Delete("a", 2);
        Put("b", 3, "ub", 2, Wanted);
        Hold("ub", Wanted, 4);
        Finds();
    }

    [Fact]
    public void Check_TableLeadsToTwoByOneAddress_IsFound()
    {
        Hold("ua", "10.96.0.1", 1, 5);
        Hold("ub", "10.96.0.1", 4);
        Finds(ViolationKind.EarlyReuse);
    }

    /// <summary>One registry, written and read one call after the other, some answers lost: whatever happened, it was in order.</summary>
    [Fact]
    public void Check_HistoriesOfARegistryThatKeepsItsPromises_FindNothing() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 3]).Array[0, 60].Sample(steps => HistoryOf(steps).IsEmpty);

    private static ImmutableArray<Violation> HistoryOf((int Object, int What, int Fate)[] steps)
    {
        const int answerLost = 0;
        const int neverArrived = 1;
        List<Operation> calls = [];
        SeenObject?[] registry = new SeenObject?[4];
        Queue<int> free = new(Enumerable.Range(1, 4));
        for (int i = 0; i < steps.Length; i++)
        {
            (int number, int what, int fate) = steps[i];
            SeenObject? before = registry[number];
            OperationKind kind = what switch { 0 => OperationKind.Get, 1 => OperationKind.Delete, _ => OperationKind.Put };
            if (fate != neverArrived && kind == OperationKind.Put)
            {
                registry[number] = before is null ? Seen($"u{i}", i, $"10.96.0.{free.Dequeue()}") : before with { Value = i };
            }
            else if (fate != neverArrived && kind == OperationKind.Delete && before is not null)
            {
                registry[number] = null;
                free.Enqueue(int.Parse(before.Addresses[0].Split('.')[3], System.Globalization.CultureInfo.InvariantCulture));
            }

            Outcome outcome = fate is answerLost or neverArrived ? Outcome.Unknown : Outcome.Acknowledged;
            SeenObject? seen = outcome == Outcome.Acknowledged && kind != OperationKind.Delete ? registry[number] : null;
            calls.Add(new Operation($"o{number}", kind, At(i), At(i + 0.5), outcome, i, seen, before?.Uid ?? $"u{i}"));
        }

        return new HistoryChecker(_ => 1, address => address == Wanted).Check(calls, []);
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private static SeenObject Seen(string uid, int value, params string[] addresses) => new(uid, value, [.. addresses]);

    private void Put(string name, double at, string uid, int value, params string[] addresses) => _operations.Add(
        new Operation(name, OperationKind.Put, At(at), At(at + 0.5), Outcome.Acknowledged, value, Seen(uid, value, addresses), uid));

    private void Get(string name, double at, string uid, int value, params string[] addresses) => _operations.Add(
        new Operation(name, OperationKind.Get, At(at), At(at + 0.5), Outcome.Acknowledged, Seen: Seen(uid, value, addresses)));

    private void Get(string name, double at) => _operations.Add(new Operation(name, OperationKind.Get, At(at), At(at + 0.5), Outcome.Acknowledged));

    private void Delete(string name, double at) => _operations.Add(new Operation(name, OperationKind.Delete, At(at), At(at + 0.5), Outcome.Acknowledged));

    private void Hold(string uid, string address, double from, double? to = null) =>
        _holdings.Add(new Holding("n1", uid, address, At(from), to is { } end ? At(end) : TimeSpan.MaxValue));

    private void Finds(params ViolationKind[] kinds) => Assert.Equal(kinds, new HistoryChecker(_ => 1, address => address == Wanted).Check(_operations, _holdings).Select(violation => violation.Kind));
}
