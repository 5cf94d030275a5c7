using Google.Protobuf;
using Orleans.Cn2.Api.Errors;
using Orleans.Cn2.Contracts.Versions;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Mapping;

/// <summary>Fences as opaque tokens.</summary>
internal static class FenceMapping
{
    public static Proto.Fence ToProto(Fence fence) => new() { Token = ByteString.CopyFrom(FenceToken.Write(fence)) };

    /// <exception cref="FieldException">The token was not made by this API.</exception>
    public static Fence ToFence(Proto.Fence? fence) =>
        fence is not null && FenceToken.TryRead(fence.Token.Span, out Fence read)
            ? read
            : throw new FieldException("fence.token", "Invalid value: must be the token of a mutation's answer");
}
