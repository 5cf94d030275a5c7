using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Core.Tests.Ecmp;

/// <summary>Paths of numbered VMIs at 10.244.x.y:8080.</summary>
internal static class Paths
{
    public static EcmpPath Of(int number, ushort weight = 100, PathState state = PathState.Active) => new(
        IpAddress.V4(0x0af40000 + (uint)number), 8080, weight, state, TableIds.OfVmi(new Guid(number, 0, 0, new byte[8])));

    public static EcmpPath[] Equal(int count) => [.. Enumerable.Range(1, count).Select(number => Of(number))];
}
