using Grpc.Core;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Tests;

/// <summary>Bad requests through the real API: status, field, value and rule.</summary>
[Collection(SiloCollection.Name)]
public sealed class RefusalTests(SiloFixture silo)
{
    [Fact]
    public async Task Apply_UnknownPolicy_IsInvalidArgumentInKubernetesWords()
    {
        Cn2Error error = await RefusedAsync(() => silo.Client.Services.ApplyAsync(Request(new ServiceSpec { IpFamilyPolicy = "Both", Ports = { new ServicePort { Port = 80 } } })));

        Assert.Equal(StatusCode.InvalidArgument, error.Status);
        Violation violation = Assert.Single(error.Violations);
        Assert.Equal("spec.ipFamilyPolicy", violation.Field);
        Assert.Equal("Unsupported value: \"Both\": supported values: \"PreferDualStack\", \"RequireDualStack\", \"SingleStack\"", violation.Description);
        Assert.Equal("Service default/refused", error.Resource);
    }

    [Fact]
    public async Task Apply_ForeignAddress_IsInvalidArgumentAndLeavesNothing()
    {
        Cn2Error error = await RefusedAsync(() => silo.Client.Services.ApplyAsync(Request(new ServiceSpec { ClusterIp = "1.2.3.4", Ports = { new ServicePort { Port = 80 } } })));

        Assert.Equal(StatusCode.InvalidArgument, error.Status);
        Assert.Contains("failed to allocate IP 1.2.3.4: the provided network does not match the current range", error.Message, StringComparison.Ordinal);
        Cn2Error gone = await RefusedAsync(() => silo.Client.Services.GetAsync(new GetServiceRequest { Name = "refused" }));
        Assert.Equal(StatusCode.NotFound, gone.Status);
    }

    [Fact]
    public async Task Register_VmiOnUnknownNode_IsNotFound()
    {
        Vmi vmi = new() { Metadata = new ObjectMeta { Name = "stray" }, Node = "nowhere", Addresses = { "192.0.2.99" } };

        Cn2Error error = await RefusedAsync(() => silo.Client.Vmis.RegisterAsync(new RegisterVmiRequest { Vmi = vmi }));

        Assert.Equal(StatusCode.NotFound, error.Status);
        Assert.Contains("nowhere", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Register_BadVmi_TellsEveryFault()
    {
        Vmi vmi = new() { Metadata = new ObjectMeta { Name = "Bad_Name" }, Node = "rack", Addresses = { "300.1.1.1" }, Weight = 70_000 };

        Cn2Error error = await RefusedAsync(() => silo.Client.Vmis.RegisterAsync(new RegisterVmiRequest { Vmi = vmi }));

        Assert.Equal(StatusCode.InvalidArgument, error.Status);
        Assert.Equal(["addresses[0]", "metadata.name", "weight"], error.Violations.Select(violation => violation.Field).Distinct().Order());
    }

    [Fact]
    public async Task Register_LeaseOfMoreSecondsThanAreCounted_IsInvalidArgument()
    {
        Vmi vmi = new() { Metadata = new ObjectMeta { Name = "leased" }, Node = "nowhere", Addresses = { "192.0.2.98" } };

        Cn2Error error = await RefusedAsync(() => silo.Client.Vmis.RegisterAsync(new RegisterVmiRequest { Vmi = vmi, LeaseSeconds = 2_147_483_648 }));

        Assert.Equal(StatusCode.InvalidArgument, error.Status);
        Violation violation = Assert.Single(error.Violations);
        Assert.Equal("lease_seconds", violation.Field);
        Assert.Equal("Invalid value: 2147483648: must be between 0 and 2147483647, inclusive; 0: no lease", violation.Description);
    }

    [Fact]
    public async Task Apply_SubnetThatOverlaps_IsAFailedPrecondition()
    {
        Subnet subnet = new() { Metadata = new ObjectMeta { Name = "second" }, Cidrs = { "10.96.128.0/17" } };

        Cn2Error error = await RefusedAsync(() => silo.Client.Subnets.ApplyAsync(new ApplySubnetRequest { Subnet = subnet }));

        Assert.Equal(StatusCode.FailedPrecondition, error.Status);
        Assert.Contains("10.96.0.0/16", error.Message, StringComparison.Ordinal);
    }

    private static ApplyServiceRequest Request(ServiceSpec spec) =>
        new() { Service = new Service { Metadata = new ObjectMeta { Name = "refused" }, Spec = spec } };

    private static async Task<Cn2Error> RefusedAsync<T>(Func<AsyncUnaryCall<T>> call) =>
        Cn2Error.Of(await Assert.ThrowsAsync<RpcException>(async () => await call()));
}
