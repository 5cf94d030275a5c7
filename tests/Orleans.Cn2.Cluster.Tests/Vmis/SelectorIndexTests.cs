using CsCheck;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Vmis;
using Orleans.Cn2.Grains.Vmis;

namespace Orleans.Cn2.Cluster.Tests.Vmis;

public sealed class SelectorIndexTests
{
    private static readonly Gen<LabelSet> Labels = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 2]).Select((a, b, c) =>
        new LabelSet(new[] { ("a", a), ("b", b), ("c", c) }.Where(pair => pair.Item2 > 0).Select(pair => KeyValuePair.Create(pair.Item1, $"{pair.Item2}"))));

    [Fact]
    public void Concerned_AnySubscriptions_IsWhatAskingEachSelectorSays() =>
        Gen.Select(Gen.Select(Gen.Int[0, 5], Labels, Gen.Bool).Array[0, 20], Labels).Sample((requests, labels) =>
        {
            Vmi vmi = new() { Name = new NamespacedName("n", "p"), Uid = Guid.Empty, Node = "a", Labels = labels };
            SelectorIndex index = new();
            Dictionary<NamespacedName, SelectRequest> current = [];
            foreach ((int service, LabelSet selector, bool known) in requests)
            {
                SelectRequest request = new(new NamespacedName("n", $"s{service}"), selector, known ? [vmi.TableId] : []);
                index.Set(request);
                current[request.Service] = request;
            }

            HashSet<NamespacedName> concerned = [];
            index.Concerned(vmi, concerned);

            return concerned.SetEquals(current.Values
                .Where(request => request.Known.Contains(vmi.TableId) || SelectorIndex.Matches(request.Selector, labels))
                .Select(request => request.Service));
        });

    [Fact]
    public void Remove_Subscription_IsConcernedNoMore()
    {
        Vmi vmi = new() { Name = new NamespacedName("n", "p"), Uid = Guid.Empty, Node = "a", Labels = LabelSet.Of(("a", "1")) };
        SelectorIndex index = new();
        index.Set(new SelectRequest(new NamespacedName("n", "s"), vmi.Labels, [vmi.TableId]));
        index.Remove(new NamespacedName("n", "s"));

        HashSet<NamespacedName> concerned = [];
        index.Concerned(vmi, concerned);

        Assert.Empty(concerned);
        Assert.Empty(index.Services);
    }
}
