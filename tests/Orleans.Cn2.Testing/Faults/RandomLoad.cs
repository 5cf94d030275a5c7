using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Orleans.Cn2.Client;
using Orleans.Cn2.Testing.Histories;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Testing.Faults;

/// <summary>
/// Callers that create, change, remove and read Services and VMIs at random, each its own objects, one call after the other, and write down what they saw. Some
/// Services of all callers want the same few addresses.
/// </summary>
internal sealed class RandomLoad
{
    /// <summary>How many there are.</summary>
    public const int Callers = 8;

    private const int ServicesOfCaller = 4;
    private const int FirstValue = 1_000;
    private const int MostRepeats = 10;
    private const int LongestThoughtMs = 30;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan CallBound = TimeSpan.FromSeconds(5);

    private readonly History _history;
    private readonly int _seed;
    private readonly ILoadObject[][] _objects;
    private readonly ConcurrentDictionary<ILoadObject, string?> _uids = new();
    private readonly int[] _acknowledged = new int[Callers];
    private int _values = FirstValue;
    private volatile bool _stopping;
    private Task[] _running = [];

    /// <param name="clients">Make the calls, one a caller.</param>
    /// <param name="history">Takes them.</param>
    /// <param name="nodes">Registered nodes, which the VMIs are on, and move between.</param>
    /// <param name="seed">Of what callers choose and which faults strike; when each happens is up to the machine.</param>
    public RandomLoad(IReadOnlyList<Cn2Client> clients, History history, IReadOnlyList<string> nodes, int seed)
    {
        (_history, _seed) = (history, seed);
        _objects = [.. Enumerable.Range(0, Callers).Select(caller => ObjectsOf(clients[caller], nodes, caller).ToArray())];
    }

    /// <summary>Addresses that Services ask for by name, both families of each in turn.</summary>
    public static IReadOnlyList<string> AskedFor { get; } = ["10.96.0.5", "fd00:96::5", "10.96.0.6", "fd00:96::6", "10.96.0.7", "fd00:96::7"];

    /// <summary>Writes that were acknowledged.</summary>
    public int Acknowledged => _acknowledged.Sum();

    public void Start() => _running = [.. Enumerable.Range(0, Callers).Select(caller => Task.Run(() => RunAsync(caller)))];

    /// <summary>Waits until another write of every caller was acknowledged.</summary>
    public async Task EveryCallerGoesOnAsync(TimeSpan bound, Func<string> seen)
    {
        int[] before = [.. _acknowledged];
        await Until.TrueAsync(
            "every caller writes again",
            bound,
            () => Task.FromResult(_running.Any(one => one.IsFaulted) || Enumerable.Range(0, Callers).All(caller => Volatile.Read(ref _acknowledged[caller]) > before[caller])),
            () => $"{Stuck(before)}\n{seen()}");
        await Task.WhenAll(_running.Where(one => one.IsFaulted));
    }

    /// <summary>Ends the callers; each call's outcome is noted. Then reads every object once more.</summary>
    public async Task StopAsync(TimeSpan bound)
    {
        _stopping = true;
        await Task.WhenAll(_running).WaitAsync(bound);
        long began = Stopwatch.GetTimestamp();
        await Task.WhenAll(_objects.SelectMany(each => each).Select(async one =>
        {
            while (await GetAsync(one) != Outcome.Acknowledged)
            {
                if (Stopwatch.GetElapsedTime(began) > bound)
                {
                    throw new TimeoutException($"{one.Name} is not read within {bound.TotalSeconds} s");
                }
            }
        }));
    }

    private static IEnumerable<ILoadObject> ObjectsOf(Cn2Client client, IReadOnlyList<string> nodes, int caller)
    {
        for (int i = 0; i < ServicesOfCaller; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"s{caller}-{i}");
            int number = (caller * ServicesOfCaller) + i + 1;
            yield return new LoadService(client, name);
            yield return new LoadVmi(client, "of-" + name, name, nodes, $"10.244.0.{number}", $"fd00:244::{number:x}");
        }

        int wanted = caller % (AskedFor.Count / 2);
        yield return new LoadService(client, string.Create(CultureInfo.InvariantCulture, $"w{caller}"), AskedFor[2 * wanted], AskedFor[(2 * wanted) + 1]);
    }

    private async Task RunAsync(int caller)
    {
        // Uids by another one: how many are needed depends on what is answered, what is chosen must not.
        Random random = new((_seed * Callers) + caller);
        Random uids = new(~_seed * Callers + caller);
        while (!_stopping)
        {
            ILoadObject one = _objects[caller][random.Next(_objects[caller].Length)];
            bool repeats = random.Next(2) == 0;
            int choice = random.Next(10);

            // So that the addresses in quarantine stay few, also while a vRouter is away.
            await Pause.OfAsync(TimeSpan.FromMilliseconds(random.Next(LongestThoughtMs)));
            int value = Interlocked.Increment(ref _values);
            string? uid = _uids.GetValueOrDefault(one);
            bool reads = choice < 2;
            Func<Task<Outcome>> call = reads ? () => GetAsync(one)
                : choice < 5 && uid is not null ? () => DeleteAsync(one, uid)
                : PutOf(one, uid ?? NewUid(uids), value);
            Outcome outcome = await call();
            for (int i = 0; outcome == Outcome.Unknown && repeats && i < MostRepeats && !_stopping; i++)
            {
                await Pause.OfAsync(Between);
                outcome = await call();
            }

            if (outcome != Outcome.Acknowledged)
            {
                // What is there after a call that failed decides what is asked for next.
                await GetAsync(one);
            }
            else if (!reads)
            {
                Interlocked.Increment(ref _acknowledged[caller]);
            }
        }
    }

    // The last calls of those that wait.
    private string Stuck(int[] before) => string.Join('\n', Enumerable.Range(0, Callers).Where(caller => _acknowledged[caller] == before[caller]).SelectMany(
        caller => _history.Operations.Where(call => _objects[caller].Any(one => one.Name == call.Object)).TakeLast(4)));

    private Func<Task<Outcome>> PutOf(ILoadObject one, string uid, int value) => () => PutAsync(one, uid, value);

    private async Task<Outcome> PutAsync(ILoadObject one, string uid, int value)
    {
        (Outcome outcome, SeenObject? seen, TimeSpan began, string? error) = await CallAsync(async () => (SeenObject?)await one.PutAsync(uid, value, Deadline()));
        _history.Add(new Operation(one.Name, OperationKind.Put, began, _history.Now, outcome, value, seen, uid, error));
        if (outcome == Outcome.Acknowledged)
        {
            _uids[one] = seen!.Uid;
        }

        return outcome;
    }

    private async Task<Outcome> DeleteAsync(ILoadObject one, string uid)
    {
        (Outcome outcome, _, TimeSpan began, string? error) = await CallAsync(async () =>
        {
            await one.DeleteAsync(uid, Deadline());
            return null;
        });

        // Nothing is there, be it that an earlier try of the same call, which the client repeats by itself, removed it.
        bool absent = outcome == Outcome.Refused;
        _history.Add(new Operation(one.Name, OperationKind.Delete, began, _history.Now, absent ? Outcome.Unknown : outcome, Uid: uid, Error: error));
        if (outcome != Outcome.Unknown)
        {
            _uids[one] = null;
        }

        return outcome;
    }

    private async Task<Outcome> GetAsync(ILoadObject one)
    {
        (Outcome outcome, SeenObject? seen, TimeSpan began, string? error) = await CallAsync(async () =>
        {
            try
            {
                return await one.GetAsync(Deadline());
            }
            catch (RpcException absent) when (absent.StatusCode == StatusCode.NotFound)
            {
                return null;
            }
        });
        _history.Add(new Operation(one.Name, OperationKind.Get, began, _history.Now, outcome, Seen: seen, Error: error));
        if (outcome == Outcome.Acknowledged)
        {
            _uids[one] = seen?.Uid;
        }

        return outcome;
    }

    private async Task<(Outcome Outcome, SeenObject? Seen, TimeSpan Began, string? Error)> CallAsync(Func<Task<SeenObject?>> call)
    {
        TimeSpan began = _history.Now;
        try
        {
            return (Outcome.Acknowledged, await call(), began, null);
        }
        catch (RpcException failure)
        {
            return (OutcomeOf(failure.StatusCode), null, began, failure.Status.ToString());
        }
    }

    private static Outcome OutcomeOf(StatusCode status) => status
        is StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.AlreadyExists or StatusCode.NotFound
        ? Outcome.Refused : Outcome.Unknown;

    private static DateTime Deadline() => DateTime.UtcNow + CallBound;

    private static string NewUid(Random random)
    {
        byte[] bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes).ToString();
    }
}
