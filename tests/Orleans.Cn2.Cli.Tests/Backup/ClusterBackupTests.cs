using Orleans.Cn2.Cli.Backup;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Tests.Backup;

public sealed class ClusterBackupTests
{
    private static readonly ClusterBackup Sample = new(
        [new Subnet { Metadata = new ObjectMeta { Name = "service" }, Cidrs = { "10.96.0.0/16", "fd00:96::/108" }, Purpose = "service" }],
        [new Node { Metadata = new ObjectMeta { Name = "n1" }, Addresses = { "192.0.2.1" }, Zone = "z" }],
        [new Vmi { Metadata = new ObjectMeta { Namespace = "default", Name = "web-1", Uid = "6c8f2a52-54ab-4f2a-a9c7-6f4b9f6f8a01" }, Node = "n1", Ready = false }],
        [new Service { Metadata = new ObjectMeta { Namespace = "default", Name = "web" }, Spec = new ServiceSpec { ClusterIp = "10.96.0.7", ClusterIps = { "10.96.0.7" } } }]);

    [Fact]
    public void Parse_WhatWasWritten_GivesTheSameObjects()
    {
        ClusterBackup read = ClusterBackup.Parse(Sample.ToJson());
        Assert.Equal(Sample.Subnets, read.Subnets);
        Assert.Equal(Sample.Nodes, read.Nodes);
        Assert.Equal(Sample.Vmis, read.Vmis);
        Assert.Equal(Sample.Services, read.Services);
        Assert.Equal(4, read.Count);
    }

    [Theory]
    [InlineData("version: 1", "no JSON")]
    [InlineData("[]", "not a file of cn2 admin export")]
    [InlineData("""{"kind":"Service"}""", "not a file of cn2 admin export")]
    [InlineData("""{"format":"cn2.backup","version":2}""", "version 2 is not known")]
    [InlineData("""{"format":"cn2.backup","version":1,"subnets":[]}""", "nodes: missing")]
    [InlineData("""{"format":"cn2.backup","version":1,"subnets":[{"colour":"red"}],"nodes":[],"vmis":[],"services":[]}""", "subnets[0]: ")]
    public void Parse_AnythingElse_IsRefusedWithTheReason(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<FormatException>(() => ClusterBackup.Parse(text)).Message, StringComparison.Ordinal);
}
