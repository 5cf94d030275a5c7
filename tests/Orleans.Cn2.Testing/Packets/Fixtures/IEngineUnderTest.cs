using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Testing.Packets.Fixtures;

/// <summary>One engine as packet tests see it. Fixtures and the differential test run the same packets through each.</summary>
public interface IEngineUnderTest : IAsyncDisposable
{
    /// <summary>Engine name.</summary>
    string Name { get; }

    /// <summary>Shortest frame of a family that the engine can be given; a test skips shorter ones for this engine.</summary>
    int ShortestFrame(ushort etherType);

    /// <summary>Forgets flows, tables and spent rejects, and takes a node's settings and looks.</summary>
    void Reset(NodeSettings settings, NodeNetwork network);

    /// <summary>Applies a change of tables.</summary>
    ImmutableArray<Rejection> Apply(TableChange change);

    /// <summary>Lets all that the engine remembers grow older, and ends what is too old then.</summary>
    void Age(TimeSpan span);

    /// <summary>Ends the plane and opens another on what it left behind, where an engine leaves anything.</summary>
    Task RestartAsync();

    /// <summary>The plane, for what it counts and lists.</summary>
    IForwardingPlane Forwarding { get; }

    /// <summary>Runs work that sends many packets where they are seen, so that not each of them has to get there.</summary>
    T Inside<T>(Func<T> work);

    /// <summary>Decides one packet. Interfaces are those of the network, whatever the engine calls them inside.</summary>
    EngineResult Run(PacketHook hook, int interfaceIndex, ReadOnlySpan<byte> frame);
}

/// <summary>What section 8 of the data path says a run leaves behind.</summary>
/// <param name="Path">The chosen path; unset address where none was.</param>
/// <param name="Target">Interface it goes to, 0 for none.</param>
/// <param name="Frame">The bytes out; empty for a drop.</param>
public sealed record EngineResult(Verdict Verdict, DropReason Reason, PathSeen Path, int Target, bool NewFlow, byte[] Frame);

/// <summary>A path by what it is, since engines number paths each for itself.</summary>
public readonly record struct PathSeen(IpAddress Address, ushort Port, ulong VmiId);
