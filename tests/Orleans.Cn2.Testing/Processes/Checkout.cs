using System.Reflection;

namespace Orleans.Cn2.Testing.Processes;

/// <summary>Where the repository is, and the programs that were built along with these tests.</summary>
public static class Checkout
{
    private static readonly string Configuration =
        typeof(Checkout).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration ?? "Debug";

    public static string Root { get; } = FindRoot();

    /// <summary>The silo: the one built along with this, unless another is to be run, as measurements run the published one.</summary>
    public static string Silo { get; set; } = Path.Combine(Root, "silo", "bin", Configuration, "net10.0", "cn2-silo.dll");

    public static string Gateway => Path.Combine(Root, "clients", "Orleans.Cn2.Gateway", "bin", Configuration, "net10.0", "cn2-gateway.dll");

    public static string Cli => Path.Combine(Root, "clients", "cn2", "bin", Configuration, "net10.0", "cn2");

    public static string Worker => Path.Combine(Root, "src", "Orleans.Cn2.Worker", "bin", Configuration, "net10.0", "cn2-vrouter.dll");

    /// <summary>Directories with the programs that a lab starts, as <c>CN2_BIN</c> takes them.</summary>
    public static string ProgramPath => string.Join(':', ((string[])[Silo, Worker, Echo]).Select(program => Path.GetDirectoryName(program)));

    private static string Echo => Path.Combine(Root, "src", "Orleans.Cn2.Lab.Echo", "bin", Configuration, "net10.0", "cn2-echo.dll");

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
