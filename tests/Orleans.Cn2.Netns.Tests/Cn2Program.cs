using System.Runtime.CompilerServices;
using Orleans.Cn2.Testing.Processes;

[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Orleans.Cn2.Netns.Tests;

/// <summary>The real <c>cn2</c>; it and labs of this process find the other programs where they were built.</summary>
internal static class Cn2Program
{
    private static readonly string Path = System.IO.Path.Combine(AppContext.BaseDirectory, "cn2");

    [ModuleInitializer]
    internal static void NamePrograms() => Environment.SetEnvironmentVariable("CN2_BIN", Checkout.ProgramPath);

    public static ProgramRun Start(params string[] arguments) => ProgramRun.Start(Path, arguments);

    public static async Task<(int Status, string Output)> RunAsync(TimeSpan bound, params string[] arguments)
    {
        await using ProgramRun run = Start(arguments);
        return (await run.ExitAsync(bound), run.Output);
    }

    public static string Example(string file) => System.IO.Path.Combine(Checkout.Root, "k8s", "examples", file);
}
