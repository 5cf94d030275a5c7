using CsCheck;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Core.Tests.Addressing;

/// <summary>The pool against the simplest model of it: a dictionary of what is taken.</summary>
public sealed class AddressPoolModelTests
{
    private static readonly string[] Prefixes =
        ["10.0.0.0/30", "10.0.0.0/28", "10.0.0.0/27", "10.0.0.0/25", "10.0.0.0/22", "2000::/124", "2000::/122", "2000::/118", "2000::/64"];

    private enum Operation
    {
        Any,
        Named,
        Release,
        Quarantine,
        EndQuarantine,
    }

    private static Gen<(Operation Operation, int Claim, ulong Random)[]> Steps =>
        Gen.Select(Gen.Enum<Operation>(), Gen.Int[1, 400], Gen.ULong).Array[0, 600];

    [Fact]
    public void Pool_AnyInterleaving_AgreesWithModel() =>
        Gen.Select(Gen.OneOf(Prefixes), Steps).Sample(
            (prefix, steps) =>
            {
                Model model = new(IpPrefix.Parse(prefix));
                for (int i = 0; i < steps.Length; i++)
                {
                    model.Step(steps[i].Operation, steps[i].Claim, steps[i].Random, i);
                }

                model.CheckWhole();
            },
            iter: 300);

    [Theory]
    [InlineData("10.0.0.0/22")]
    [InlineData("2000::/118")]
    [InlineData("10.0.0.0/30")]
    public void ClaimAny_UntilFull_GivesEveryUsableAddressOnceDynamicBandFirst(string text) =>
        Gen.ULong.Sample(
            seed =>
            {
                AddressPool pool = new(IpPrefix.Parse(text));
                HashSet<IpAddress> seen = [];
                IpAddress dynamicFirst = pool.Prefix.At(pool.Bands.DynamicFirst);
                for (ulong i = 0; i < pool.Bands.Usable; i++)
                {
                    IpAddress address = pool.ClaimAny(Leases.Of((int)i + 1), unchecked(seed + (i * 0x9e3779b97f4a7c15))).Address;
                    Assert.True(seen.Add(address));
                    Assert.Equal(i < pool.Bands.Usable - pool.Bands.StaticSize, address >= dynamicFirst);
                }

                Assert.Equal(ClaimRefusal.RangeFull, pool.ClaimAny(Leases.Of(int.MaxValue), seed).Refusal);
            },
            iter: 20);

    private sealed class Model(IpPrefix prefix)
    {
        private readonly AddressPool _pool = new(prefix);
        private readonly Dictionary<IpAddress, (int Claim, int? QuarantinedAt)> _taken = [];
        private readonly Dictionary<IpAddress, (int Claim, int? QuarantinedAt)> _evicted = [];
        private readonly Dictionary<ulong, LeaseBlock> _stored = [];

        public void Step(Operation operation, int claim, ulong random, int time)
        {
            IpAddress? held = Held(claim);
            switch (operation)
            {
                case Operation.Any:
                    Any(claim, random, held);
                    break;
                case Operation.Named:
                    Named(claim, prefix.At(random % (Span + 3)), held);
                    break;
                case Operation.Release or Operation.Quarantine:
                    Release(claim, held, operation == Operation.Quarantine ? time : null);
                    break;
                default:
                    EndOldestQuarantine();
                    break;
            }

            foreach (LeaseBlock block in _pool.TakeChanges())
            {
                _stored[block.Index] = block;
            }

            Assert.Equal(_taken.Count, _pool.Leased + _pool.Quarantined);
        }

        /// <summary>Every lease is the model's, and a pool read back from the written blocks is the same pool.</summary>
        public void CheckWhole()
        {
            Dictionary<IpAddress, Lease> leases = new(_pool.Leases());
            Assert.Equal(_taken.Keys.Order(), leases.Keys);
            Assert.All(_taken, entry => Assert.Equal(
                (Leases.Id(entry.Value.Claim), entry.Value.QuarantinedAt is not null),
                (leases[entry.Key].ClaimId, leases[entry.Key].Quarantine is not null)));
            AddressPool reread = new(prefix, _stored.Values);
            Assert.Equal(leases, new Dictionary<IpAddress, Lease>(reread.Leases()));
            Assert.Equal(_pool.InQuarantine().Select(entry => entry.Key), reread.InQuarantine().Select(entry => entry.Key));
        }

        /// <summary>Named claims stay near the network address, where they meet each other and the edges.</summary>
        private ulong Span => Math.Min(_pool.Bands.Last, 300);

        private void Any(int claim, ulong random, IpAddress? held)
        {
            ClaimResult result = _pool.ClaimAny(Leases.Of(claim), random);
            if (held is { } address)
            {
                Assert.Equal(address, result.Address);
            }
            else if (result.Granted)
            {
                CheckChoice(result);
                _taken[result.Address] = (claim, null);
            }
            else
            {
                Assert.Equal(_pool.Bands.Usable, (ulong)_taken.Count);
                Assert.All(_taken.Values, entry => Assert.Null(entry.QuarantinedAt));
            }
        }

        private void CheckChoice(ClaimResult result)
        {
            Assert.True(Usable(result.Address));
            if (_taken.TryGetValue(result.Address, out (int Claim, int? QuarantinedAt) before))
            {
                Assert.Equal(_pool.Bands.Usable, (ulong)_taken.Count);
                Assert.Equal(_taken.Values.Min(entry => entry.QuarantinedAt), before.QuarantinedAt);
                Assert.Equal(Leases.Id(before.Claim), result.Evicted!.ClaimId);
                _evicted[result.Address] = before;
                return;
            }

            IpAddress dynamicFirst = prefix.At(_pool.Bands.DynamicFirst);
            ulong upper = _pool.Bands.Usable - _pool.Bands.StaticSize;
            bool upperFull = (ulong)_taken.Keys.Count(address => address >= dynamicFirst) == upper;
            Assert.Equal(upperFull, result.Address < dynamicFirst);
        }

        private void Named(int claim, IpAddress address, IpAddress? held)
        {
            ClaimResult result = _pool.Claim(Leases.Of(claim), address);
            ClaimRefusal expected = held is not null && held != address ? ClaimRefusal.ClaimHoldsAnother
                : !Usable(address) ? ClaimRefusal.OutOfRange
                : _taken.TryGetValue(address, out (int Claim, int? QuarantinedAt) other) && other.QuarantinedAt is null && other.Claim != claim
                    ? ClaimRefusal.AlreadyAllocated
                    : ClaimRefusal.None;
            Assert.Equal(expected, result.Refusal);
            if (result.Granted)
            {
                if (_taken.TryGetValue(address, out (int Claim, int? QuarantinedAt) before) && before.QuarantinedAt is not null)
                {
                    _evicted[address] = before;
                }

                _taken[address] = (claim, null);
            }
        }

        private void Release(int claim, IpAddress? held, int? time)
        {
            bool changed = _pool.Release(
                Leases.Id(claim), held ?? prefix.At(1), time is { } seconds ? Leases.Since(seconds) : null);
            Assert.Equal(held is not null, changed);
            if (held is { } address && time is not null)
            {
                _taken[address] = (claim, time);
                _evicted.Remove(address);
            }
            else if (held is { } undone && _evicted.Remove(undone, out (int Claim, int? QuarantinedAt) before))
            {
                _taken[undone] = before;
            }
            else if (held is { } freed)
            {
                _taken.Remove(freed);
            }
        }

        private void EndOldestQuarantine()
        {
            if (_taken.Any(entry => entry.Value.QuarantinedAt is not null))
            {
                IpAddress oldest = _taken.Where(entry => entry.Value.QuarantinedAt is not null).MinBy(entry => entry.Value.QuarantinedAt).Key;
                Assert.Equal(oldest, _pool.InQuarantine().First().Key);
                Assert.True(_pool.EndQuarantine(oldest));
                _taken.Remove(oldest);
            }
        }

        private bool Usable(IpAddress address) =>
            prefix.Contains(address) && address != prefix.Network && (prefix.Family == IpFamily.IPv6 || address != prefix.Last);

        private IpAddress? Held(int claim)
        {
            foreach ((IpAddress address, (int Claim, int? QuarantinedAt) entry) in _taken)
            {
                if (entry.Claim == claim && entry.QuarantinedAt is null)
                {
                    return address;
                }
            }

            return null;
        }
    }
}
