using Grpc.Core;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Silo.Tests.Security;

/// <summary>What a caller may do once he is known.</summary>
public sealed class RoleTests(SecureSilo silo) : IClassFixture<SecureSilo>
{
    [Theory]
    [InlineData("read:shop", "shop", true, false)]
    [InlineData("read:shop", "bank", false, false)]
    [InlineData("write:shop", "shop", true, true)]
    [InlineData("write:shop", "bank", false, false)]
    [InlineData("admin:shop", "shop", true, true)]
    [InlineData("read", "bank", true, false)]
    [InlineData("write", "bank", true, true)]
    public async Task Role_InANamespace_AllowsThatMuch(string role, string ns, bool reads, bool writes)
    {
        using Cn2Client client = silo.ConnectAs("alice", role);
        await ExpectAsync(reads, () => Calls.CountAsync(client, ns));
        await ExpectAsync(writes, () => Calls.ApplyAsync(client, ns, $"by-{role.Replace(':', '-')}"));
    }

    [Theory]
    [InlineData("read:shop", false)]
    [InlineData("admin:shop", false)]
    [InlineData("read", true)]
    public async Task List_OfAllNamespaces_NeedsTheRoleInAll(string role, bool allowed)
    {
        using Cn2Client client = silo.ConnectAs("alice", role);
        await ExpectAsync(allowed, () => Calls.CountAsync(client, ""));
    }

    [Theory]
    [InlineData("write", false)]
    [InlineData("admin:shop", false)]
    [InlineData("admin", true)]
    public async Task Node_Register_NeedsAdminOfAllNamespaces(string role, bool allowed)
    {
        using Cn2Client client = silo.ConnectAs("alice", role);
        await ExpectAsync(allowed, () => Calls.RegisterNodeAsync(client, "rack-1"));
    }

    [Theory]
    [InlineData("write:shop", false)]
    [InlineData("admin:shop", false)]
    [InlineData("write", false)]
    [InlineData("admin", true)]
    public async Task Uid_OfANewService_NeedsAdminOfAllNamespaces(string role, bool allowed)
    {
        using Cn2Client client = silo.ConnectAs("alice", role);
        ApplyServiceRequest request = new()
        {
            Service = new Service
            {
                Metadata = new ObjectMeta { Namespace = "shop", Name = $"uid-{role.Replace(':', '-')}", Uid = Guid.NewGuid().ToString() },
                Spec = new ServiceSpec { Selector = { ["app"] = "web" }, Ports = { new ServicePort { Port = 80 } } },
            },
        };
        if (allowed)
        {
            Assert.Equal(request.Service.Metadata.Uid, (await client.Services.ApplyAsync(request, Calls.Within())).Service.Metadata.Uid);
            return;
        }

        Status refused = await Calls.RefusedAsync(() => client.Services.ApplyAsync(request, Calls.Within()).ResponseAsync);
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Contains("metadata.uid: Forbidden", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusal_NamesCallerRoleAndNamespace()
    {
        using Cn2Client client = silo.ConnectAs("alice", "write:shop");
        Status refused = await Calls.RefusedAsync(() => Calls.ApplyAsync(client, "bank", "web"));
        Assert.Equal("certificate:alice lacks role write in namespace \"bank\"", refused.Detail);
    }

    [Fact]
    public async Task NoRole_IsRefused()
    {
        using Cn2Client client = silo.ConnectAs("nobody");
        await ExpectAsync(false, () => Calls.CountAsync(client, "shop"));
        await ExpectAsync(false, () => client.Diagnostics.StatusAsync(new StatusRequest(), Calls.Within()).ResponseAsync);
    }

    [Fact]
    public async Task NamespaceLeftOut_IsTheDefaultOne()
    {
        using Cn2Client client = silo.ConnectAs("alice", "write:default");
        await Calls.ApplyAsync(client, "", "web");
        using Cn2Client other = silo.ConnectAs("bob", "write:shop");
        await ExpectAsync(false, () => Calls.ApplyAsync(other, "", "web"));
    }

    [Fact]
    public async Task Watch_OfANamespace_NeedsItsRole()
    {
        using Cn2Client client = silo.ConnectAs("alice", "read:shop");
        using AsyncServerStreamingCall<ServiceEvent> own = client.Services.Watch(new WatchServicesRequest { Options = new ListOptions { Namespace = "shop" } }, Calls.Within());
        Assert.True(await own.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        using AsyncServerStreamingCall<ServiceEvent> other = client.Services.Watch(new WatchServicesRequest { Options = new ListOptions { Namespace = "bank" } }, Calls.Within());
        await ExpectAsync(false, () => other.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task PolicyFile_GivesAUserItsRole_AndIsFollowed()
    {
        using Cn2Client paula = silo.ConnectAs("paula");
        await Calls.ApplyAsync(paula, "shop", "by-policy");
        await ExpectAsync(false, () => Calls.ApplyAsync(paula, "bank", "by-policy"));

        using Cn2Client peter = silo.ConnectAs("peter");
        await ExpectAsync(false, () => Calls.CountAsync(peter, "bank"));
        await File.WriteAllTextAsync(
            silo.PolicyFile,
            """{"grants": [{"user": "paula", "role": "write", "namespaces": ["shop"]}, {"user": "peter", "role": "read", "namespaces": ["bank"]}]}""",
            TestContext.Current.CancellationToken);
        await Testing.Processes.Until.TrueAsync(
            "the new policy holds", TimeSpan.FromSeconds(30), async () => await AllowedAsync(() => Calls.CountAsync(peter, "bank")), () => silo.Output);
    }

    private static async Task ExpectAsync(bool allowed, Func<Task> call)
    {
        if (allowed)
        {
            await call();
        }
        else
        {
            Assert.Equal(StatusCode.PermissionDenied, (await Calls.RefusedAsync(call)).StatusCode);
        }
    }

    private static async Task<bool> AllowedAsync(Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.PermissionDenied)
        {
            return false;
        }
    }
}
