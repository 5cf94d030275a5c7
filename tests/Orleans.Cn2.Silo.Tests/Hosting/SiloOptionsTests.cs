using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;
using Orleans.Cn2.Silo.Hosting;

namespace Orleans.Cn2.Silo.Tests.Hosting;

public sealed class SiloOptionsTests
{
    [Fact]
    public void Read_Nothing_GivesTheDefaultsOfHelp()
    {
        (SiloOptions? options, ImmutableArray<string> errors) = Read();
        Assert.Empty(errors);
        Assert.NotNull(options);
        Assert.Equal("127.0.0.1:7400", Assert.Single(options.Grpc).ToString());
        Assert.Equal("127.0.0.1:7401", Assert.Single(options.Http).ToString());
        Assert.Equal(["10.96.0.0/16", "fd00:96::/108"], options.ServiceCidrs.Select(prefix => prefix.ToString()));
        Assert.Equal(("/var/lib/cn2/silo", "cn2", 11111, 30000, false), (options.Store.DataDirectory, options.Cluster, options.SiloPort, options.GatewayPort, options.Insecure));
        Assert.All(
            ["127.0.0.1:7400", "127.0.0.1:7401", "10.96.0.0/16,fd00:96::/108", "/var/lib/cn2/silo", "11111", "30000"],
            text => Assert.Contains($"(default {text})", SiloOptions.Help, StringComparison.Ordinal));
    }

    [Fact]
    public void Help_NamesEveryOption() =>
        Assert.All(SiloOptions.Keys, key => Assert.Contains($"  --{key} ", SiloOptions.Help, StringComparison.Ordinal));

    [Fact]
    public void Read_ManyFaults_NamesEachAtOnce()
    {
        (SiloOptions? options, ImmutableArray<string> errors) = Read(
            ("insecure", "yes"), ("grpc", "nowhere"), ("http", ","), ("silo-port", "0"), ("gateway-port", "70000"), ("service-cidrs", "10.96.0.1/16,fd00::/48"), ("bogus", "1"), ("store", "mysql"), ("probe-timeout", "0"), ("node-grace", "3601"), ("flap-hold", "0"));
        Assert.Null(options);
        Assert.Equal(
            ["insecure", "store", "probe-timeout", "grpc", "http", "silo-port", "gateway-port", "service-cidrs", "service-cidrs", "node-grace", "flap-hold", "bogus"],
            errors.Select(error => error.Split(':')[0]));
        Assert.Contains("'nowhere'", errors[3], StringComparison.Ordinal);
        Assert.Contains("shortest allowed prefix length for service CIDR is 64, got 48", errors[8], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("embedded", "Host=db;Database=cn2", "means nothing with --store embedded")]
    [InlineData("postgres", "", "needed with --store postgres")]
    [InlineData("redis", "", "needed with --store redis")]
    [InlineData("postgres", "Username=cn2;Password=secret;Database=x", "must have a Host")]
    [InlineData("redis", "host:6379,colour=red", "can't be read")]
    public void Read_StoreConnectionThatDoesNotFit_SaysWhyAndShowsNoPassword(string store, string connection, string reason)
    {
        string error = Assert.Single(Read(("store", store), ("store-connection", connection)).Errors);
        Assert.StartsWith("store-connection: ", error, StringComparison.Ordinal);
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("here")]
    [InlineData("192.0.2.1")]
    public void Read_AdvertisedAddressNobodyMayReach_IsRefused(string address) =>
        Assert.StartsWith("advertise: ", Assert.Single(Read(("advertise", address)).Errors), StringComparison.Ordinal);

    [Theory]
    [InlineData("postgres", "Host=/run/pg;Database=cn2")]
    [InlineData("redis", "127.0.0.1:6379")]
    public void Read_SharedStore_IsTaken(string store, string connection)
    {
        StoreOptions read = Read(("store", store), ("store-connection", connection)).Options!.Store;
        Assert.Equal((store, connection), (read.Kind.ToString().ToLowerInvariant(), read.Connection));
    }

    [Theory]
    [InlineData("0.0.0.0:7400")]
    [InlineData("[::]:7400")]
    [InlineData("192.0.2.1:7400")]
    public void Read_PlaintextBeyondLoopback_NeedsInsecure(string address)
    {
        Assert.Contains("--insecure true", Assert.Single(Read(("grpc", address)).Errors), StringComparison.Ordinal);
        Assert.Empty(Read(("grpc", address), ("insecure", "true")).Errors);
    }

    [Theory]
    [InlineData("127.0.0.2:7400")]
    [InlineData("[::1]:7400")]
    [InlineData("unix:/run/cn2.sock")]
    [InlineData("unix:/run/cn2.sock,127.0.0.1:7400")]
    public void Read_PlaintextWithinTheMachine_IsFine(string addresses) => Assert.Empty(Read(("grpc", addresses)).Errors);

    [Fact]
    public void Read_ServiceCidrs_KeepTheirOrder() => Assert.Equal(
        ["fd00:96::/112", "10.0.0.0/24"],
        Read(("service-cidrs", "fd00:96::/112, 10.0.0.0/24")).Options!.ServiceCidrs.Select(prefix => prefix.ToString()));

    [Fact]
    public void Read_TwoPrefixesOfAFamily_AreRefused() => Assert.Contains(
        "may specify no more than one prefix for each IP family", Assert.Single(Read(("service-cidrs", "10.0.0.0/24,10.1.0.0/24")).Errors), StringComparison.Ordinal);

    [Fact]
    public void Read_SamePortTwice_IsRefused() =>
        Assert.StartsWith("gateway-port:", Assert.Single(Read(("silo-port", "5000"), ("gateway-port", "5000")).Errors), StringComparison.Ordinal);

    private static (SiloOptions? Options, ImmutableArray<string> Errors) Read(params (string Key, string Value)[] values) => SiloOptions.Read(
        new ConfigurationBuilder().AddInMemoryCollection(values.ToDictionary(pair => pair.Key, pair => (string?)pair.Value)).Build());
}
