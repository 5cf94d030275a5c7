namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Section 6: says where the translated packet goes; whoever runs the plane sends it there.</summary>
internal static class Deliver
{
    public static void Run(ref PacketWork work, in Way way) => (work.Verdict, work.Target) = (way.Verdict, way.Interface);
}
