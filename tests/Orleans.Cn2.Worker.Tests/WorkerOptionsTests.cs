using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Ebpf;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Worker.Hosting;

namespace Orleans.Cn2.Worker.Tests;

public sealed class WorkerOptionsTests
{
    [Fact]
    public void Read_SiloAlone_FillsTheRest()
    {
        (WorkerOptions? options, ImmutableArray<string> errors) = Read(("silo", "http://10.0.0.5:7400"));

        Assert.Empty(errors);
        Assert.NotNull(options);
        Assert.Equal("ebpf", options.Engine);
        Assert.Equal("auto", options.Mode);
        Assert.Equal(["cn2p*", "veth*", "cali*", "lxc*"], options.PodInterfaces);
    }

    [Fact]
    public void Read_SeveralFaults_TellsAllOfThemAtOnce()
    {
        (WorkerOptions? options, ImmutableArray<string> errors) = Read(("silo", "10.0.0.5:7400"), ("engine", "xdp"), ("mode", "slow"));

        Assert.Null(options);
        Assert.Equal(3, errors.Length);
        Assert.Contains(errors, error => error == "silo: '10.0.0.5:7400' must be http://HOST:PORT, https://HOST:PORT or unix:/PATH");
        Assert.Contains(errors, error => error == "engine: 'xdp' must be one of ebpf, managed, none");
        Assert.Contains(errors, error => error == "mode: 'slow' must be one of auto, fast, stack");
    }

    [Fact]
    public void Read_UnknownOption_IsNamedWithThoseThereAre() => Assert.Equal(
        [$"sillo: no such option; known are {string.Join(", ", WorkerOptions.Keys)}"], Read(("silo", "http://10.0.0.5:7400"), ("sillo", "x")).Errors);

    [Fact]
    public void Read_NoSiloAndAnotherFault_TellsBoth() => Assert.Equal(2, Read(("mode", "slow")).Errors.Length);

    [Fact]
    public void Read_NoSilo_IsRequired() => Assert.Contains(Read().Errors, error => error.StartsWith("silo: required", StringComparison.Ordinal));

    [Theory]
    [InlineData("tls-key", "/nowhere", "tls-key: needs tls-cert")]
    [InlineData("tls-ca", "/nowhere", "tls-ca: Could not find")]
    [InlineData("tls-cert", "/nowhere", "tls-cert: Could not find")]
    public void Read_CredentialsThatCannotBeUsed_SayWhy(string key, string value, string expected) => Assert.StartsWith(
        expected, Assert.Single(Read(("silo", "https://silo.example:7400"), (key, value)).Errors), StringComparison.Ordinal);

    [Fact]
    public void Read_TimeoutsAndPrefix_ChangeWhatTheyName()
    {
        (WorkerOptions? options, ImmutableArray<string> errors) = Read(
            ("silo", "http://10.0.0.5:7400"), ("flow-timeouts", "udp=60, tcp=86400,reset=5"), ("affinity-prefix", "24,64"));

        Assert.Empty(errors);
        Assert.Equal(
            new FlowLimits { Udp = TimeSpan.FromSeconds(60), Tcp = TimeSpan.FromDays(1), Rst = TimeSpan.FromSeconds(5) }, options!.Limits);
        Assert.Equal(new AffinityPrefix(24, 64), options.AffinityPrefix);
    }

    [Theory]
    [InlineData("flow-timeouts", "udp")]
    [InlineData("flow-timeouts", "udp=0")]
    [InlineData("flow-timeouts", "udp=1=2")]
    [InlineData("flow-timeouts", "icmp=5")]
    [InlineData("affinity-prefix", "24")]
    [InlineData("affinity-prefix", "33,64")]
    [InlineData("affinity-prefix", "32,129")]
    public void Read_WrongTimeoutOrPrefix_IsNamed(string key, string value) => Assert.Contains(
        Read(("silo", "http://10.0.0.5:7400"), (key, value)).Errors, error => error.StartsWith(key + ": '" + value + "' must be", StringComparison.Ordinal));

    [Fact]
    public void Read_Capacities_AreThoseOfBothEngines()
    {
        (WorkerOptions? options, ImmutableArray<string> errors) = Read(
            ("silo", "http://10.0.0.5:7400"), ("flows", "2000000"), ("embryonic-flows", "100000"), ("affinities", "5000"),
            ("frontends", "100000"), ("paths", "1000000"), ("slots", "104857601"));

        Assert.Empty(errors);
        Assert.Equal(
            new EbpfCapacity { Flows = 2_000_000, EmbryonicFlows = 100_000, Affinities = 5_000, Services = 100_000, Paths = 1_000_000, Slots = 104_857_602 },
            options!.Capacity.ToEbpf());
        Assert.Equal(
            new ManagedOptions { FlowCapacity = 4_000_000, EmbryonicCapacity = 200_000, AffinityCapacity = 5_000 },
            options.Capacity.ToManaged(new FlowLimits(), AffinityPrefix.Whole) with { Limits = new ManagedOptions().Limits, Fragments = new ManagedOptions().Fragments });
    }

    [Fact]
    public void Read_NoCapacities_AreTheEngines()
    {
        CapacityOptions capacity = Read(("silo", "http://10.0.0.5:7400")).Options!.Capacity;

        Assert.Equal(new EbpfCapacity(), capacity.ToEbpf());
        Assert.Equal(new ManagedOptions().FlowCapacity, capacity.ToManaged(new FlowLimits(), AffinityPrefix.Whole).FlowCapacity);
    }

    [Theory]
    [InlineData("flows", "1023", 16_777_216)]
    [InlineData("flows", "1e6", 16_777_216)]
    [InlineData("embryonic-flows", "-5", 16_777_216)]
    [InlineData("affinities", "many", 16_777_216)]
    [InlineData("frontends", "1048577", 1_048_576)]
    [InlineData("paths", "16777217", 16_777_216)]
    [InlineData("slots", "99999999999", 1_073_741_824)]
    public void Read_WrongCapacity_IsNamedWithItsBounds(string key, string value, uint most) => Assert.Equal(
        [$"{key}: '{value}' must be a number of 1024 to {most}"], Read(("silo", "http://10.0.0.5:7400"), (key, value)).Errors);

    [Fact]
    public void Help_NamesEveryOption() =>
        Assert.All(WorkerOptions.Keys, key => Assert.Contains("--" + key, WorkerOptions.Help, StringComparison.Ordinal));

    private static (WorkerOptions? Options, ImmutableArray<string> Errors) Read(params (string Key, string Value)[] values) => WorkerOptions.Read(
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(value => KeyValuePair.Create(value.Key, (string?)value.Value))).Build());
}
