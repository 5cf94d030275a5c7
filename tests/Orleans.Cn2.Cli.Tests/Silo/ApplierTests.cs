using Orleans.Cn2.Cli.Cli;

namespace Orleans.Cn2.Cli.Tests.Silo;

/// <summary>Files of several documents, one of them bad: what is applied and what is not.</summary>
[Collection(SiloCollection.Name)]
public sealed class ApplierTests(SiloFixture silo)
{
    private const string Refused = "ipFamilyPolicy: Both";

    [Fact]
    public void Apply_OneRefused_AppliesTheOthers()
    {
        (int code, string output, string error) = silo.Apply("each.yaml", File("each", Refused));

        Assert.Equal(ExitCodes.Refused, code);
        Assert.Equal(["service/a created", "service/c created"], Lines(output));
        Assert.StartsWith("error: ", Assert.Single(Lines(error)), StringComparison.Ordinal);
        Assert.Contains("each.yaml: document 2: Service each/b: INVALID_ARGUMENT", error, StringComparison.Ordinal);
        Assert.Equal(["a", "c"], Stored("each"));
    }

    [Fact]
    public async Task ApplyAtomic_OneRefused_AppliesNothing()
    {
        (int code, string output, string error) = silo.Apply("all.yaml", File("all", Refused), "--atomic");

        Assert.Equal(ExitCodes.Refused, code);
        Assert.Empty(output);
        Assert.Contains("all.yaml: document 2: Service all/b: INVALID_ARGUMENT", error, StringComparison.Ordinal);
        Assert.Empty(Stored("all"));
        Assert.Empty(await silo.LeasesOfAsync("all/"));
    }

    [Fact]
    public void Apply_OneMalformed_AppliesTheOthersAndEndsWithUsage()
    {
        (int code, string output, string error) = silo.Apply("types.yaml", File("types", "type: 5"));

        Assert.Equal(ExitCodes.Usage, code);
        Assert.Equal(["service/a created", "service/c created"], Lines(output));
        Assert.Contains("types.yaml: document 2, line 12: spec.type: Invalid value: \"5\": must be a string", error, StringComparison.Ordinal);
        Assert.Equal(["a", "c"], Stored("types"));
    }

    [Theory]
    [InlineData("{kind: Service, metadata: {name: x}}", "apiVersion: Required value")]
    [InlineData("{apiVersion: apps/v1, kind: Deployment, metadata: {name: x}}", "spec: Required value")]
    public void Apply_DocumentThatIsNoObject_AppliesTheOthersUnlessAtomic(string document, string rule)
    {
        string ns = rule.Split(':')[0].ToLowerInvariant();
        string file = $"{document}\n---\n{Service(ns, "good", "")}";

        (int code, string output, string error) = silo.Apply("mixed.yaml", file, "--atomic");
        Assert.Equal((ExitCodes.Usage, ""), (code, output));
        Assert.Contains($"mixed.yaml: document 1, line 1: {rule}", error, StringComparison.Ordinal);
        Assert.Empty(Stored(ns));

        (code, output, error) = silo.Apply("mixed.yaml", file);
        Assert.Equal((ExitCodes.Usage, "service/good created\n"), (code, output));
        Assert.Contains($"mixed.yaml: document 1, line 1: {rule}", error, StringComparison.Ordinal);
        Assert.Equal(["good"], Stored(ns));
    }

    // Each passes its check alone, together they can't: the second is refused after the first was applied.
    [Fact]
    public async Task ApplyAtomic_RefusedHalfWay_UndoesWhatItDid()
    {
        Assert.Equal(ExitCodes.Ok, silo.Apply("before.yaml", Service("half", "changed", "sessionAffinity: None")).ExitCode);
        string[] before = await silo.LeasesOfAsync("half/changed");
        string file = string.Join(
            "---\n",
            Service("half", "changed", "sessionAffinity: ClientIP"), Service("half", "one", "clusterIP: 10.96.0.61"), Service("half", "two", "clusterIP: 10.96.0.61"));

        (int code, string output, string error) = silo.Apply("half.yaml", file, "--atomic");

        Assert.Equal(ExitCodes.Refused, code);
        Assert.Equal(["service/changed configured", "service/one created", "service/one undone", "service/changed undone"], Lines(output));
        Assert.Contains("half.yaml: document 3: Service half/two: INVALID_ARGUMENT", error, StringComparison.Ordinal);
        Assert.Contains("provided IP is already allocated", error, StringComparison.Ordinal);
        Assert.Equal(["changed"], Stored("half"));
        Assert.Contains("sessionAffinity: None", silo.Run("describe", "service", "changed", "-n", "half").Output, StringComparison.Ordinal);
        Assert.Equal(before, await silo.LeasesOfAsync("half/changed"));
        Assert.Empty(await silo.LeasesOfAsync("half/two"));
    }

    [Fact]
    public async Task ApplyDryRun_GoodFile_ChangesNothing()
    {
        (int code, string output, _) = silo.Apply("dry.yaml", File("dry", ""), "--dry-run");

        Assert.Equal(ExitCodes.Ok, code);
        Assert.Equal(["service/a created (dry run)", "service/b created (dry run)", "service/c created (dry run)"], Lines(output));
        Assert.Empty(Stored("dry"));
        Assert.Empty(await silo.LeasesOfAsync("dry/"));
    }

    [Fact]
    public void Apply_Twice_IsUnchanged()
    {
        Assert.Equal(ExitCodes.Ok, silo.Apply("twice.yaml", File("twice", ""), "--wait").ExitCode);

        (int code, string output, _) = silo.Apply("twice.yaml", File("twice", ""), "--atomic", "--wait");

        Assert.Equal(ExitCodes.Ok, code);
        Assert.All(Lines(output), line => Assert.EndsWith(" unchanged", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Apply_NoControlPlane_NamesTheDocumentAndStops()
    {
        using Testing.Processes.ScratchFolder scratch = new();
        System.IO.File.WriteAllText(scratch.Of("far.yaml"), File("far", ""));

        (int code, string output, string error) = Cn2.Run("apply", "-f", scratch.Of("far.yaml"), "--server", "http://127.0.0.1:1");

        Assert.Equal((ExitCodes.Unavailable, ""), (code, output));
        Assert.Contains("far.yaml: document 1: Service far/a: UNAVAILABLE: ", Assert.Single(Lines(error)), StringComparison.Ordinal);
    }

    private string[] Stored(string ns) =>
        [.. Lines(silo.Run("get", "services", "-n", ns).Output).Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])];

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    // Three Services, the second of which is as told.
    private static string File(string ns, string second) =>
        string.Join("---\n", Service(ns, "a", ""), Service(ns, "b", second), Service(ns, "c", ""));

    private static string Service(string ns, string name, string more) =>
        $"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {ns}}}\nspec:\n  ports: [{{port: 80}}]\n{(more.Length > 0 ? $"  {more}\n" : "")}";
}
