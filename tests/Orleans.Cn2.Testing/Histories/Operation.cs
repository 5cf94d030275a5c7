using System.Collections.Immutable;

namespace Orleans.Cn2.Testing.Histories;

/// <summary>What a call asked for.</summary>
public enum OperationKind
{
    /// <summary>Create, or replace.</summary>
    Put,

    /// <summary>Remove.</summary>
    Delete,

    /// <summary>Read.</summary>
    Get,
}

/// <summary>What became of a call.</summary>
public enum Outcome
{
    /// <summary>It was answered: a Put and a Delete are durable, a Get saw what it saw.</summary>
    Acknowledged,

    /// <summary>It was refused, and has no effect.</summary>
    Refused,

    /// <summary>Nobody knows: it had its effect, has it later, or never.</summary>
    Unknown,
}

/// <summary>An object as an answer showed it.</summary>
/// <param name="Uid">Its uid.</param>
/// <param name="Value">Tells which Put wrote it: no two Puts of an object write the same.</param>
/// <param name="Addresses">The addresses that it was allocated; empty for what is allocated none.</param>
public sealed record SeenObject(string Uid, int Value, ImmutableArray<string> Addresses)
{
    public override string ToString() => $"{Value} of {Uid} with [{string.Join(' ', Addresses)}]";
}

/// <summary>One call as its caller saw it. The calls of one object are made one after the other.</summary>
/// <param name="Object">Whose.</param>
/// <param name="Kind">What it asked for.</param>
/// <param name="Began">When it was made, by the clock of the history.</param>
/// <param name="Ended">When the answer came.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Written">Of a Put: the value that it writes.</param>
/// <param name="Seen">Of an acknowledged Put or Get: the object; null: there is none.</param>
/// <param name="Uid">Of a Put and a Delete: the uid that it names.</param>
/// <param name="Error">What was answered where it was not acknowledged.</param>
public sealed record Operation(
    string Object, OperationKind Kind, TimeSpan Began, TimeSpan Ended, Outcome Outcome, int Written = 0, SeenObject? Seen = null, string? Uid = null, string? Error = null)
{
    public override string ToString() =>
        $"{Began.TotalSeconds:0.000}..{Ended.TotalSeconds:0.000} {Object} {Kind} {(Kind == OperationKind.Put ? Written : "")} {Outcome} {Error ?? Seen?.ToString() ?? "nothing"}";
}

/// <summary>A vRouter's table led to an object by its address.</summary>
/// <param name="Node">The vRouter's node.</param>
/// <param name="Uid">The object.</param>
/// <param name="Address">The address.</param>
/// <param name="From">When the table had it.</param>
/// <param name="To">When the table no longer had it, before that was acknowledged; <see cref="TimeSpan.MaxValue"/>: it has it still.</param>
public sealed record Holding(string Node, string Uid, string Address, TimeSpan From, TimeSpan To)
{
    public override string ToString() => $"{Node} had {Address} of {Uid} from {From.TotalSeconds:0.000} to {(To == TimeSpan.MaxValue ? "the end" : $"{To.TotalSeconds:0.000}")}";
}
