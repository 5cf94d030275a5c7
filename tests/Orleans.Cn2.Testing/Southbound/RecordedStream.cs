using System.Collections.Immutable;

namespace Orleans.Cn2.Testing.Southbound;

/// <summary>A message of a recorded stream.</summary>
/// <param name="FromWorker">True for a WorkerMessage, false for a ControlMessage.</param>
/// <param name="Bytes">As it was on the wire, without the frame of gRPC.</param>
public sealed record RecordedMessage(bool FromWorker, ImmutableArray<byte> Bytes);

/// <summary>
/// Southbound streams as they were recorded between a real silo and a real worker of a version of the protocol. They are kept as long as that version is
/// spoken, and never made anew: that is their worth.
/// </summary>
public static class RecordedStream
{
    /// <summary>
    /// The stream of a version: hello and welcome, snapshots of all shards with a dual-stack Service, a VMI that joins it, an explain and a flows query,
    /// reports, and the Service's deletion.
    /// </summary>
    public static ImmutableArray<RecordedMessage> OfVersion(int version)
    {
        using Stream file = typeof(RecordedStream).Assembly.GetManifestResourceStream($"stream-v{version}.txt")
            ?? throw new ArgumentOutOfRangeException(nameof(version), version, "no stream of this version was recorded");
        using StreamReader reader = new(file);
        return
        [
            .. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(' '))
                .Select(parts => new RecordedMessage(parts[0] == "worker", [.. Convert.FromBase64String(parts[1])])),
        ];
    }
}
