using System.Reflection;

namespace Orleans.Cn2.Silo.Tests.Processes;

/// <summary>Where the repository is, and the programs that were built along with these tests.</summary>
internal static class Checkout
{
    private static readonly string Configuration =
        typeof(Checkout).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration ?? "Debug";

    public static string Root { get; } = FindRoot();

    public static string Silo => Path.Combine(Root, "silo", "bin", Configuration, "net10.0", "cn2-silo.dll");

    public static string Worker => Path.Combine(Root, "src", "Orleans.Cn2.Worker", "bin", Configuration, "net10.0", "cn2-vrouter.dll");

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Orleans.Cn2.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"no Orleans.Cn2.sln above {AppContext.BaseDirectory}");
    }
}
