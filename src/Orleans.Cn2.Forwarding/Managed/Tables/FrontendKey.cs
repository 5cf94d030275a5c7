using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Forwarding.Managed.Tables;

/// <summary>Key of the services table.</summary>
internal readonly record struct FrontendKey(MappedAddress Address, ushort Port, byte Protocol)
{
    public static FrontendKey Of(Frontend frontend) =>
        new(MappedAddress.Of(frontend.Address), frontend.Port, (byte)frontend.Protocol);
}
