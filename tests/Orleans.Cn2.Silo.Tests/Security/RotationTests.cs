using System.Net.Security;
using System.Net.Sockets;
using Grpc.Core;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Testing.Certificates;

namespace Orleans.Cn2.Silo.Tests.Security;

/// <summary>Files are replaced while the silo runs.</summary>
public sealed class RotationTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ServerCertificate_Replaced_IsShownToNewConnections_WhileStreamsLive()
    {
        await using SecureSilo silo = new();
        await silo.InitializeAsync();
        using Cn2Client client = silo.ConnectAs("alice", "write");
        using AsyncServerStreamingCall<ServiceEvent> watch = client.Services.Watch(new WatchServicesRequest(), Calls.Within());
        Assert.True(await watch.ResponseStream.MoveNext(Cancellation));
        string before = await ShownAsync(silo);

        await File.WriteAllTextAsync(silo.CertificateFile, "-----BEGIN CERTIFICATE-----\nhalf a fi", Cancellation);
        await Until.TrueAsync("the broken file is told", Bound, async () => await ShownAsync(silo) == before && silo.Output.Contains("can't be used", StringComparison.Ordinal), () => silo.Output);
        await File.WriteAllTextAsync(silo.CertificateFile, silo.Authority.Silo("renewed"), Cancellation);
        await Until.TrueAsync("the new certificate is shown", Bound, async () => await ShownAsync(silo) != before, () => silo.Output);

        await Calls.ApplyAsync(client, "shop", "after-rotation");
        while (watch.ResponseStream.Current.Service?.Metadata.Name != "after-rotation")
        {
            Assert.True(await watch.ResponseStream.MoveNext(Cancellation));
        }

        using Cn2Client another = silo.ConnectAs("bob", "read");
        Assert.Equal(1, await Calls.CountAsync(another, "shop"));
    }

    [Fact]
    public async Task ClientAuthority_Replaced_AcceptsTheNewAndEndsTheOldOnesCalls_AlsoOnOpenConnections()
    {
        await using SecureSilo silo = new();
        await silo.InitializeAsync();
        using TestAuthority next = new("the next authority");
        using Cn2Client old = silo.ConnectAs("alice", "read");
        Assert.Equal(0, await Calls.CountAsync(old, "shop"));

        // The server's own certificate stays that of the old authority, which the clients go on trusting.
        string trusted = silo.Write(silo.Authority.Pem);
        using Cn2Client renewed = Cn2Client.Connect(
            silo.Grpc, new Transport.Cn2Credentials(trusted, silo.Write(next.Client("alice", "cn2:read"))));
        await Calls.RefusedAsync(() => Calls.CountAsync(renewed, "shop"));
        await File.WriteAllTextAsync(silo.CaFile, silo.Authority.Pem + "\n" + next.Pem, Cancellation);
        await Until.TrueAsync("both authorities are accepted", Bound, () => ServedAsync(renewed), () => silo.Output);
        Assert.True(await ServedAsync(old));

        await File.WriteAllTextAsync(silo.CaFile, next.Pem, Cancellation);
        await Until.TrueAsync("the old authority is refused", Bound, async () => !await ServedAsync(old), () => silo.Output);
        Assert.True(await ServedAsync(renewed));
    }

    private static async Task<string> ShownAsync(SecureSilo silo)
    {
        using TcpClient tcp = new();
        Uri address = new(silo.Grpc);
        await tcp.ConnectAsync(address.Host, address.Port, Cancellation);
        await using SslStream tls = new(tcp.GetStream(), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", ApplicationProtocols = [SslApplicationProtocol.Http2] }, Cancellation);
        return tls.RemoteCertificate!.GetCertHashString();
    }

    private static async Task<bool> ServedAsync(Cn2Client client)
    {
        try
        {
            await Calls.CountAsync(client, "shop");
            return true;
        }
        catch (RpcException refused) when (refused.StatusCode is StatusCode.Unavailable or StatusCode.Unauthenticated or StatusCode.Internal)
        {
            return false;
        }
    }
}
