using CsCheck;
using Orleans.Cn2.Grains.Vmis;

namespace Orleans.Cn2.Cluster.Tests.Vmis;

/// <summary>The index against a set for each key.</summary>
public sealed class ManyIndexTests
{
    [Fact]
    public void Index_AfterAnySteps_HasWhatSetsHave() => Gen.Select(Gen.Bool, Gen.Int[0, 2], Gen.Int[0, 2 * ManyIndex<int, int>.Few]).Array[0, 200].Sample(steps =>
    {
        ManyIndex<int, int> index = new();
        Dictionary<int, HashSet<int>> model = Enumerable.Range(0, 3).ToDictionary(key => key, _ => new HashSet<int>());
        foreach ((bool add, int key, int item) in steps)
        {
            if (add)
            {
                index.Add(key, item);
                model[key].Add(item);
            }
            else
            {
                index.Remove(key, item);
                model[key].Remove(item);
            }

            Assert.Equal(model[key].Order(), index[key].Order());
            Assert.Equal(model[key].Count, index[key].Count);
        }
    });
}
