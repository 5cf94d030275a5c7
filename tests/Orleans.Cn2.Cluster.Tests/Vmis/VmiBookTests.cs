using CsCheck;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Vmis;
using Orleans.Cn2.Grains.Vmis;

namespace Orleans.Cn2.Cluster.Tests.Vmis;

/// <summary>The book against the plainest one: a list of VMIs that is searched whole.</summary>
public sealed class VmiBookTests
{
    private static readonly Gen<LabelSet> Labels = Gen.Select(
        Gen.Int[0, 2], Gen.Int[0, 2], (app, tier) => LabelSet.Of(("app", $"a{app}"), ("tier", $"t{tier}")));

    private static readonly Gen<LabelSet> Selectors = Gen.OneOf(
        Labels, Labels.Select(labels => labels.Without("app")), Labels.Select(labels => labels.Without("tier")), Gen.Const(LabelSet.Empty),
        Gen.Const(LabelSet.Of(("app", "a1"), ("zone", "z"))));

    private static readonly Gen<(bool Put, int Number, string Name, string Node, LabelSet Labels)[]> Steps = Gen.Select(
        Gen.Bool, Gen.Int[0, 12], Gen.Int[0, 8], Gen.Int[0, 3], Labels,
        (put, number, name, node, labels) => (put, number, $"pod-{name}", $"node-{node}", labels)).Array[0, 60];

    [Fact]
    public void Book_AfterAnySteps_AnswersAsASearchOfAllDoes() => Gen.Select(Steps, Selectors, Gen.Int[0, 12].Array[0, 4]).Sample((steps, selector, known) =>
    {
        VmiBook book = new();
        Dictionary<Guid, Vmi> model = [];
        Dictionary<string, Guid> names = [];
        foreach ((bool put, int number, string name, string node, LabelSet labels) in steps)
        {
            Guid uid = Uid(number);
            if (model.Remove(uid, out Vmi? former) && names.GetValueOrDefault(former.Name.Name) == uid)
            {
                names.Remove(former.Name.Name);
            }

            if (put)
            {
                Vmi vmi = new() { Name = new NamespacedName("default", name), Uid = uid, Node = node, Labels = labels };
                (model[uid], names[name]) = (vmi, uid);
                book.Put(vmi);
            }
            else
            {
                book.Remove(uid);
            }
        }

        HashSet<Guid> held = [.. known.Select(Uid)];
        Assert.Equal(
            model.Values.Where(vmi => SelectorIndex.Matches(selector, vmi.Labels) || held.Contains(vmi.Uid)).OrderBy(vmi => vmi.Uid),
            book.Select(selector, known.Select(number => TableIds(Uid(number)))));
        Assert.All(Enumerable.Range(0, 13), number => Assert.Equal(model.GetValueOrDefault(Uid(number)), book.Find(Uid(number))));
        Assert.All(Enumerable.Range(0, 9), name => Assert.Equal(
            names.TryGetValue($"pod-{name}", out Guid uid) ? model[uid] : null, book.Find($"pod-{name}")));
        Assert.All(Enumerable.Range(0, 4), node => Assert.Equal(
            model.Values.Where(vmi => vmi.Node == $"node-{node}").Select(vmi => vmi.Uid).Order(), book.OfNode($"node-{node}").Select(vmi => vmi.Uid).Order()));
        Assert.Equal(model.Values.Select(vmi => vmi.Name.Name).Order(StringComparer.Ordinal), book.Sorted().Select(vmi => vmi.Name.Name));
    });

    private static Guid Uid(int number) => new(number + 1, 0, 0, new byte[8]);

    private static ulong TableIds(Guid uid) => Core.Tables.TableIds.OfVmi(uid);
}
