using Orleans.Cn2.Core.Endpoints;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Core.Tests.Endpoints;

public sealed class EndpointChoiceTests
{
    private static readonly NodeView Here = new("here", "za");

    // endpoint: name@node state [n=nodes] [z=zones]; states: r ready, s serving and terminating, t terminating alone, u not ready, x deselected
    [Theory]
    [InlineData("all ready ones are used", "a@here r;b@there r", "Cluster", "a b", true)]
    [InlineData("what is not ready is not used", "a@here r;b@there u", "Cluster", "a", true)]
    [InlineData("a terminating one is not used while one is ready", "a@here r;b@there s", "Cluster", "a", true)]
    [InlineData("serving and terminating ones are used when none is ready", "a@here s;b@there u;c@there s", "Cluster", "a c", true)]
    [InlineData("one that terminates and does not serve is never used", "a@here t", "Cluster", "", false)]
    [InlineData("one that is deselected is never used", "a@here x", "Cluster", "", false)]
    [InlineData("no endpoint at all", "", "Cluster", "", false)]
    [InlineData("Local uses this node's alone", "a@here r;b@there r", "Local", "a", true)]
    [InlineData("Local with endpoints elsewhere uses none but knows of them", "b@there r", "Local", "", true)]
    [InlineData("Local knows of terminating ones elsewhere", "b@there s", "Local", "", true)]
    [InlineData("Local falls back to its own terminating ones though others are ready", "a@here s;b@there r", "Local", "a", true)]
    [InlineData("Local ignores hints", "a@here r z=zb;b@there r z=za", "Local", "a", true)]
    [InlineData("all hinted for zones, one for this one", "a@here r z=za;b@there r z=zb", "Cluster", "a", true)]
    [InlineData("several zones in one hint", "a@here r z=zb,za;b@there r z=zb", "Cluster", "a", true)]
    [InlineData("one ready endpoint without a hint turns topology off", "a@here r z=za;b@there r", "Cluster", "a b", true)]
    [InlineData("an empty hint is no hint", "a@here r z=za;b@there r z=", "Cluster", "a b", true)]
    [InlineData("an endpoint that is not ready needs no hint", "a@here r z=za;b@there u;c@there r z=zb", "Cluster", "a", true)]
    [InlineData("no endpoint for this zone turns topology off", "a@here r z=zb;b@there r z=zc", "Cluster", "a b", true)]
    [InlineData("hints of terminating ones are ignored in the fallback", "a@here s z=za;b@there s z=zb", "Cluster", "a b", true)]
    [InlineData("node hints win over zone hints", "a@here r n=here z=za;b@there r n=there z=za", "Cluster", "a", true)]
    [InlineData("no endpoint for this node falls back to the zone", "a@x r n=x z=za;b@there r n=there z=zb", "Cluster", "a", true)]
    [InlineData("a missing node hint falls back to the zone", "a@here r n=here z=za;b@there r z=za;c@x r n=x z=zb", "Cluster", "a b", true)]
    public void Of_Rule_ChoosesAsStated(string rule, string endpoints, string policy, string expected, bool hasAny)
    {
        EndpointChoice choice = EndpointChoice.Of(Parse(endpoints), Enum.Parse<TrafficPolicy>(policy), Here);

        Assert.True(expected == Names(choice) && hasAny == choice.HasAny, $"{rule}: got '{Names(choice)}', any {choice.HasAny}");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Of_NodeWithoutZone_IgnoresZoneHints(string? zone) =>
        Assert.Equal("a b", Names(EndpointChoice.Of(Parse("a@here r z=za;b@there r z=zb"), TrafficPolicy.Cluster, new("here", zone))));

    private static string Names(EndpointChoice choice) => string.Join(' ', choice.Chosen.Select(endpoint => endpoint.Vmi.Name));

    private static List<ServiceEndpoint> Parse(string text) =>
        [.. text.Split(';', StringSplitOptions.RemoveEmptyEntries).Select((row, index) => Row(row.Split(' '), index))];

    private static ServiceEndpoint Row(string[] words, int index) => new()
    {
        Vmi = new("shop", words[0].Split('@')[0]),
        VmiId = (ulong)index,
        Node = words[0].Split('@')[1],
        Weight = 1,
        Selected = words[1] != "x",
        Ready = words[1] == "r",
        Serving = words[1] is "r" or "s" or "x",
        Terminating = words[1] is "s" or "t",
        Hints = words.Length == 2 ? null : new(Values(words, "n="), Values(words, "z=")),
    };

    private static Core.Collections.ValueList<string>? Values(string[] words, string key) =>
        Array.Find(words, word => word.StartsWith(key, StringComparison.Ordinal)) is string word
            ? [.. word[2..].Split(',', StringSplitOptions.RemoveEmptyEntries)]
            : null;
}
