using System.Buffers;
using Grpc.Core;

namespace Orleans.Cn2.Client.Failover;

/// <summary>A message of no bytes: of Protocol Buffers one without a field set.</summary>
internal sealed class EmptyPayload : DeserializationContext
{
    private EmptyPayload()
    {
    }

    public static EmptyPayload Context { get; } = new();

    public override int PayloadLength => 0;

    public override byte[] PayloadAsNewBuffer() => [];

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => ReadOnlySequence<byte>.Empty;
}
