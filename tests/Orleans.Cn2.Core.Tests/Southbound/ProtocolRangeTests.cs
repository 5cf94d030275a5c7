using Orleans.Cn2.Core.Southbound;

namespace Orleans.Cn2.Core.Tests.Southbound;

public sealed class ProtocolRangeTests
{
    [Theory]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(1, 2, 1, 1, 1)]
    [InlineData(1, 2, 2, 3, 2)]
    [InlineData(1, 3, 1, 2, 2)]
    [InlineData(1, 1, 2, 3, null)]
    [InlineData(2, 3, 1, 1, null)]
    [InlineData(1, 2, 2, 1, null)]
    [InlineData(1, 1, 0, 0, null)]
    public void CommonWith_Range_IsTheNewestOfBoth(int oldest, int newest, int otherOldest, int otherNewest, int? expected)
    {
        ProtocolRange one = new((uint)oldest, (uint)newest);
        ProtocolRange other = new((uint)otherOldest, (uint)otherNewest);
        Assert.Equal((uint?)expected, one.CommonWith(other));
        Assert.Equal((uint?)expected, other.CommonWith(one));
    }
}
