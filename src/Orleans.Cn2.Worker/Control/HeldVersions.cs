using Google.Protobuf;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Worker.Control;

/// <summary>
/// The versions that the data plane held last, saved so that a restarted worker resumes where it was. Saved after programming: a crash in
/// between leaves an older version, whose digest then differs, and the shard comes as a snapshot.
/// </summary>
internal sealed class HeldVersions(string directory)
{
    private readonly string _path = Path.Combine(directory, "held-versions");

    /// <summary>The saved states; none when nothing usable is there.</summary>
    public IReadOnlyList<Proto.ShardState> Load()
    {
        if (!File.Exists(_path))
        {
            return [];
        }

        try
        {
            return Proto.Hello.Parser.ParseFrom(File.ReadAllBytes(_path)).Shards;
        }
        catch (InvalidProtocolBufferException)
        {
            // A torn file is worth no more than none: every shard then comes as a snapshot.
            return [];
        }
    }

    /// <summary>Replaces what is saved, as a whole.</summary>
    public void Save(IEnumerable<Proto.ShardState> states)
    {
        Directory.CreateDirectory(directory);
        string draft = _path + ".new";
        File.WriteAllBytes(draft, new Proto.Hello { Shards = { states } }.ToByteArray());
        File.Move(draft, _path, overwrite: true);
    }
}
