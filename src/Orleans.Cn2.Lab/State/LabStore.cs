using System.Diagnostics;
using System.Text.Json;
using Orleans.Cn2.Lab.Topology;

namespace Orleans.Cn2.Lab.State;

/// <summary>The state file of a lab, and the lock that makes changes of several processes follow one another.</summary>
internal sealed class LabStore(string stateRoot, string name)
{
    private static readonly TimeSpan LockLimit = TimeSpan.FromSeconds(60);

    public string Directory { get; } = LabPlan.DirectoryOf(stateRoot, name);

    private string StateFile => Path.Combine(Directory, "state.json");

    /// <summary>Null when there is no such lab.</summary>
    public LabState? TryLoad()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(StateFile), LabJson.Default.LabState);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException e)
        {
            throw new LabException($"{StateFile} is damaged ({e.Message}); 'down' removes the lab all the same", e);
        }
    }

    public LabState Load() => TryLoad() ?? throw new LabException($"there is no lab '{name}' ({StateFile} is missing)");

    public void Save(LabState state)
    {
        string written = StateFile + ".new";
        File.WriteAllBytes(written, JsonSerializer.SerializeToUtf8Bytes(state, LabJson.Default.LabState));
        File.Move(written, StateFile, overwrite: true);
    }

    /// <summary>Holds off other processes; the lock ends with the returned object or with this process.</summary>
    public async Task<IDisposable> LockAsync(CancellationToken cancellationToken)
    {
        // Beside the directory, which a lab's removal deletes while it holds the lock.
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(Directory)!);
        string path = Directory + ".lock";
        long begin = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                FileStream held = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                if (!IsDeleted(held))
                {
                    return held;
                }

                await held.DisposeAsync();
                continue;
            }
            catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException))
            {
                if (Stopwatch.GetElapsedTime(begin) > LockLimit)
                {
                    throw new LabException($"another process changes lab '{name}' since {LockLimit.TotalSeconds} s ({path})", e);
                }
            }

            await Task.Delay(20, cancellationToken);
        }
    }

    /// <summary>Removes the lock's file too; who waits for it takes the next one.</summary>
    public void DeleteLock() => File.Delete(Directory + ".lock");

    // The file that was locked may have been deleted between opening and locking it; the lock would be on nothing.
    private static bool IsDeleted(FileStream file) => new FileInfo($"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}")
        .LinkTarget is not { } target || target.EndsWith(" (deleted)", StringComparison.Ordinal);
}
