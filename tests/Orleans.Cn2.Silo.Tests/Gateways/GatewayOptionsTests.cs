using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;
using Orleans.Cn2.Gateway;
using Orleans.Cn2.Hosting.Settings;

namespace Orleans.Cn2.Silo.Tests.Gateways;

public sealed class GatewayOptionsTests
{
    private static readonly (string, string) Store = ("store", "redis");
    private static readonly (string, string) Connection = ("store-connection", "localhost:6379");

    [Fact]
    public void Help_NamesEveryOption() =>
        Assert.All(GatewayOptions.Keys, key => Assert.Contains($"  --{key} ", GatewayOptions.Help, StringComparison.Ordinal));

    [Fact]
    public void Read_AStoreAlone_HoldsTheDefaultsOfHelp()
    {
        (GatewayOptions? options, ImmutableArray<string> errors) = Read(Store, Connection);
        Assert.Empty(errors);
        Assert.Equal(
            ("127.0.0.1:7400", "127.0.0.1:7401", "cn2", StoreKind.Redis),
            (options!.Grpc.Single().ToString(), options.Http.Single().ToString(), options.Cluster, options.Store.Kind));
        Assert.All(
            [options.Grpc.Single().ToString(), options.Http.Single().ToString(), options.Cluster],
            text => Assert.Contains($"(default {text})", GatewayOptions.Help, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_EveryError_IsNamedAtOnce()
    {
        (GatewayOptions? options, ImmutableArray<string> errors) = Read(("store", "embedded"), ("grpc", "0.0.0.0:1"), ("silo-port", "1"));
        Assert.Null(options);
        Assert.Equal(["store", "grpc", "silo-port"], errors.Select(error => error.Split(':')[0]));
        Assert.Equal("store: 'embedded' must be postgres or redis", errors[0]);
    }

    private static (GatewayOptions? Options, ImmutableArray<string> Errors) Read(params (string Key, string Value)[] values) => GatewayOptions.Read(
        new ConfigurationBuilder().AddInMemoryCollection(values.ToDictionary(pair => pair.Key, pair => (string?)pair.Value)).Build());
}
