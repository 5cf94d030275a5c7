using Grpc.Core;
using Grpc.Net.Client;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Silo.Tests.Security;
using Orleans.Cn2.Testing.Southbound;
using Orleans.Cn2.Transport;

namespace Orleans.Cn2.Silo.Tests.Southbound;

/// <summary>Workers of other versions of the protocol.</summary>
public sealed class SkewTests
{
    [Fact]
    public async Task Workers_OfOtherVersions_AreServedWhatBothSpeak_OrToldWhyNot()
    {
        using ScratchFolder scratch = new();
        await using SiloRun silo = await SiloRun.StartHealthyAsync(scratch.Of("data"));
        using Cn2Client client = Cn2Client.Connect(silo.Grpc);
        await Calls.RegisterNodeAsync(client, "rack-1");

        Assert.Equal(1u, (await FirstAsync(silo, 1, 1)).Welcome.Protocol);
        Assert.Equal(1u, (await FirstAsync(silo, 1, 2)).Welcome.Protocol);
        Goodbye refused = (await FirstAsync(silo, 2, 3)).Goodbye;
        Assert.Equal("protocol: 2..3 has no version in common with this silo's 1..1: update the older of the two", refused.Reason);
        Assert.False(refused.Superseded);
    }

    [Theory]
    [InlineData(1)]
    public async Task Worker_OfARecordedStream_IsServed(int version)
    {
        using ScratchFolder scratch = new();
        await using SiloRun silo = await SiloRun.StartHealthyAsync(scratch.Of("data"));
        using Cn2Client client = Cn2Client.Connect(silo.Grpc);
        await Calls.RegisterNodeAsync(client, "rack1");
        await Calls.ApplyAsync(client, "shop", "web");

        WorkerMessage[] recorded =
        [
            .. RecordedStream.OfVersion(version).Where(message => message.FromWorker).Select(message => WorkerMessage.Parser.ParseFrom(message.Bytes.AsSpan())),
        ];
        Ack acknowledgement = recorded.First(message => message.Ack is not null).Ack;
        using GrpcChannel channel = Cn2Endpoint.Parse(silo.Grpc).Open(Cn2Credentials.None, TimeSpan.FromSeconds(10));
        using AsyncDuplexStreamingCall<WorkerMessage, ControlMessage> stream = new VRouter.VRouterClient(channel).Connect(Calls.Within());

        // Hello and reports go as they were; acknowledgements keep their shape and name what this silo sent.
        await stream.RequestStream.WriteAsync(recorded[0], TestContext.Current.CancellationToken);
        await stream.RequestStream.WriteAsync(recorded.First(message => message.Stats is not null), TestContext.Current.CancellationToken);
        HashSet<uint> held = [];
        while (held.Count < 64)
        {
            Assert.True(await stream.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
            ControlMessage message = stream.ResponseStream.Current;
            Assert.Null(message.Goodbye);
            Assert.Equal((uint)version, message.Welcome?.Protocol ?? (uint)version);
            if (message.Update is { LastChunk: true } update)
            {
                Ack ack = acknowledgement.Clone();
                (ack.Versions[0], ack.Shards[0].Version, ack.Shards[0].Digest) = (update.To, update.To, update.Digest);
                await stream.RequestStream.WriteAsync(new WorkerMessage { Ack = ack }, TestContext.Current.CancellationToken);
                held.Add(update.To.Shard);
            }
        }

        await Until.TrueAsync(
            "the recorded worker is in sync", TimeSpan.FromSeconds(30),
            async () => (await client.Nodes.GetAsync(new GetNodeRequest { Name = "rack1" }, Calls.Within())).Vrouter is { InSync: true }, () => silo.Program.Output);
    }

    private static async Task<ControlMessage> FirstAsync(SiloRun silo, uint oldest, uint newest)
    {
        using GrpcChannel channel = Cn2Endpoint.Parse(silo.Grpc).Open(Cn2Credentials.None, TimeSpan.FromSeconds(10));
        using AsyncDuplexStreamingCall<WorkerMessage, ControlMessage> stream = new VRouter.VRouterClient(channel).Connect(Calls.Within());
        Hello hello = new() { Node = "rack-1", Boot = 1, ProtocolMin = oldest, ProtocolMax = newest, WorkerVersion = "test", Engine = "managed", Mode = "stack" };
        await stream.RequestStream.WriteAsync(new WorkerMessage { Hello = hello }, TestContext.Current.CancellationToken);
        Assert.True(await stream.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        return stream.ResponseStream.Current;
    }
}
