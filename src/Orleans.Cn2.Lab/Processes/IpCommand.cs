using System.Diagnostics;
using Orleans.Cn2.Lab.Requirements;

namespace Orleans.Cn2.Lab.Processes;

/// <summary>Runs many <c>ip</c> commands in one process.</summary>
internal static class IpCommand
{
    /// <summary>Runs the lines in a namespace, or in this one for null. With <paramref name="force"/> a failing line doesn't end it.</summary>
    /// <exception cref="LabException">A line failed; the message has the line and the program's words.</exception>
    public static async Task RunAsync(
        string? networkNamespace, IReadOnlyList<string> lines, CancellationToken cancellationToken, bool force = false)
    {
        if (lines.Count == 0)
        {
            return;
        }

        // In a session of its own: Ctrl-C is for this process, which takes down what is made; half a batch would be left by it.
        ProcessStartInfo start = new(LabRequirements.Find("setsid") ?? "setsid")
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach (string argument in (string[])[LabRequirements.Find("ip") ?? "ip", .. networkNamespace is null ? [] : new[] { "-n", networkNamespace }, .. force ? ["-force"] : Array.Empty<string>(), "-batch", "-"])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start) ?? throw new LabException("ip can't be started");
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        try
        {
            await process.StandardInput.WriteAsync(string.Join('\n', lines) + "\n");
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it read all: its exit code and words say why.
        }

        await output;
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0 && !force)
        {
            throw new LabException($"ip{(networkNamespace is null ? "" : " -n " + networkNamespace)}: {Explain((await errors).Trim(), lines)}");
        }
    }

    // "Command failed -:5" counts lines from 1.
    private static string Explain(string errors, IReadOnlyList<string> lines)
    {
        int at = errors.LastIndexOf("-:", StringComparison.Ordinal);
        return at >= 0 && int.TryParse(errors[(at + 2)..].Trim(), out int line) && line >= 1 && line <= lines.Count
            ? $"'{lines[line - 1]}': {errors}" : errors;
    }
}
