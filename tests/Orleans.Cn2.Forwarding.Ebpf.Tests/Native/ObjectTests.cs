using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Native;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Native;

public sealed class ObjectTests
{
    private const string NeededClang = "clang version 14.";

    [Fact]
    public void Layout_OfTheObject_IsThatOfTheStructures()
    {
        ElfObject file = new(File.ReadAllBytes(Path.Combine(Sources, "cn2.bpf.o")));

        Assert.NotEmpty(LayoutCheck.OfObject(file));
        Assert.Equal(LayoutCheck.OfStructures(), LayoutCheck.OfObject(file));
    }

    [Fact]
    public void Sources_OfTheObject_HaveTheHashesThatWereBuilt()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Sources, "SOURCES.sha256"));
        string[] expected = [.. Directory.GetFiles(Sources, "*.h").Concat(Directory.GetFiles(Sources, "*.c")).Append(Path.Combine(Sources, "build.sh"))
            .Select(path => $"{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))}  ./{Path.GetFileName(path)}".Replace("./build.sh", "build.sh", StringComparison.Ordinal))];

        Assert.Equal(expected.Order(StringComparer.Ordinal), lines.Order(StringComparer.Ordinal));
    }

    /// <summary>Where the pinned compiler is not installed, the hash above is all that can be checked.</summary>
    [Fact]
    public void Object_BuiltAgain_IsTheCommittedOne()
    {
        if (!HasClang())
        {
            return;
        }

        string built = Path.Combine(Directory.CreateTempSubdirectory("cn2-bpf").FullName, "cn2.bpf.o");
        using Process build = Process.Start(new ProcessStartInfo(Path.Combine(Sources, "build.sh"), built) { RedirectStandardError = true })!;
        string errors = build.StandardError.ReadToEnd();
        build.WaitForExit();

        Assert.True(build.ExitCode == 0, errors);
        Assert.Equal(File.ReadAllBytes(Path.Combine(Sources, "cn2.bpf.o")), File.ReadAllBytes(built));
        Directory.Delete(Path.GetDirectoryName(built)!, recursive: true);
    }

    private static string Sources => Path.Combine(Root(), "src", "Orleans.Cn2.Forwarding.Ebpf", "bpf");

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));

    private static bool HasClang()
    {
        try
        {
            using Process clang = Process.Start(new ProcessStartInfo("clang", "--version") { RedirectStandardOutput = true })!;
            return clang.StandardOutput.ReadToEnd().Contains(NeededClang, StringComparison.Ordinal);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
