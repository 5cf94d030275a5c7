using System.Runtime.CompilerServices;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Section 6: says where the translated packet goes; whoever runs the plane sends it there.</summary>
internal static class Deliver
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(ref PacketWork work, in Way way) => (work.Verdict, work.Target) = (way.Verdict, way.Interface);
}
