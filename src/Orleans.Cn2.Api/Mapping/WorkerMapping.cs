using System.Globalization;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Mapping;

/// <summary>What workers say, and what they are asked.</summary>
internal static class WorkerMapping
{
    private static readonly EnumDescriptor Reasons = Proto.DiagnosticsReflection.Descriptor.EnumTypes.Single(type => type.ClrType == typeof(Proto.DropReason));

    public static WorkerHello ToHello(Proto.Hello hello) => new(
        hello.Boot,
        hello.ProtocolMin,
        hello.ProtocolMax,
        [.. hello.Features],
        hello.WorkerVersion,
        hello.Engine,
        hello.Mode,
        [.. hello.ModeReasons],
        [.. hello.Shards.Where(state => state.Version is not null).Select(TableMapping.ToHolding)]);

    public static WorkerAck ToAck(Proto.Ack ack) => new(
        [.. ack.Shards.Where(state => state.Version is not null).Select(TableMapping.ToHolding)],
        TimeSpan.FromMicroseconds(ack.ApplyNanos / 1000.0),
        ack.ProgrammedAt?.ToDateTimeOffset() ?? default);

    /// <exception cref="FormatException">A field can't be read.</exception>
    public static WorkerNack ToNack(Proto.Nack nack) => new(
        Guid.Parse(nack.ServiceUid),
        NamespacedName.Parse(nack.Service),
        (int)(nack.Version?.Shard ?? 0),
        new ShardVersion(nack.Version?.Epoch ?? 0, nack.Version?.Seq ?? 0),
        nack.Reason);

    public static WorkerStats ToStats(Proto.Stats stats) => new(
        [.. stats.Reasons.Select(count => new ReasonCount((ushort)count.Reason, count.Reject, count.Packets, count.Bytes, NameOf(count.Reason)))],
        [.. stats.Frontends.Select(count => new FrontendCount(count.FrontendId, count.Packets, count.Bytes, count.NewFlows))],
        stats.Services,
        stats.Paths,
        stats.Flows,
        stats.FlowsCapacity,
        stats.EmbryonicFlows,
        stats.SlotsUsed,
        stats.SlotsCapacity,
        [.. stats.Interfaces],
        stats.Mode,
        [.. stats.ModeReasons],
        [.. stats.Health.Select(part => new WorkerPart(
            part.Part, part.Faulty, part.Cause, part.Faults, part.Repairs, part.At?.ToDateTimeOffset() ?? default))]);

    public static Proto.PartHealth ToProto(WorkerPart part) => new()
    {
        Part = part.Part,
        Faulty = part.IsFaulty,
        Cause = part.Cause,
        Faults = part.Faults,
        Repairs = part.Repairs,
        At = part.At.ToTimestamp(),
    };

    public static Proto.Query ToProto(WorkerQuery query) => query.Explain is { } question
        ? new Proto.Query
        {
            Id = query.Id,
            Explain = new Proto.ExplainRequest
            {
                Protocol = ServiceMapping.Name(question.Protocol),
                Source = question.Source.ToString(),
                SourcePort = question.SourcePort,
                Destination = question.Destination.ToString(),
                DestinationPort = question.DestinationPort,
            },
        }
        : new Proto.Query
        {
            Id = query.Id,
            Flows = new Proto.FlowsRequest
            {
                FloatingIp = query.Flows!.FloatingIp.ToString(),
                Client = query.Flows.Client.ToString(),
                Vmi = query.Flows.Vmi.ToString(),
                Limit = query.Flows.Limit,
                OpenOnly = query.Flows.Silence is not null,
                SilentSeconds = query.Flows.Silence?.TotalSeconds ?? 0,
            },
        };

    /// <exception cref="FormatException">An address can't be read.</exception>
    public static WorkerAnswer ToAnswer(Proto.Answer answer) => answer.AnswerCase switch
    {
        Proto.Answer.AnswerOneofCase.Explanation => new(answer.QueryId, ToPacketAnswer(answer.Explanation), null, null),
        Proto.Answer.AnswerOneofCase.Flows => new(answer.QueryId, null, [.. answer.Flows.Flows.Select(ToFlow)], null),
        _ => new(answer.QueryId, null, null, answer.Error),
    };

    public static Proto.Explanation ToProto(PacketAnswer answer)
    {
        Proto.Explanation message = new()
        {
            Verdict = answer.Verdict,
            Reason = (Proto.DropReason)answer.Reason,
            Service = answer.Service?.ToString() ?? "",
            VmiAddress = answer.Vmi.ToString(),
            TargetPort = answer.TargetPort,
        };
        message.Steps.AddRange(answer.Steps);
        return message;
    }

    public static Proto.Flow ToProto(FlowAnswer flow) => new()
    {
        Protocol = ServiceMapping.Name(flow.Protocol),
        Client = flow.Client.ToString(),
        ClientPort = flow.ClientPort,
        FloatingIp = flow.FloatingIp.ToString(),
        ServicePort = flow.ServicePort,
        Vmi = flow.Vmi.ToString(),
        TargetPort = flow.TargetPort,
        SourceSeen = flow.SourceSeen.ToString(),
        SourcePortSeen = flow.SourcePortSeen,
        Established = flow.Established,
        Fin = flow.Fin,
        Rst = flow.Rst,
        IdleSeconds = flow.Idle.TotalSeconds,
    };

    private static string NameOf(Proto.DropReason reason) =>
        Reasons.FindValueByNumber((int)reason)?.Name.ToLowerInvariant() ?? ((int)reason).ToString(CultureInfo.InvariantCulture);

    private static PacketAnswer ToPacketAnswer(Proto.Explanation message) => new(
        message.Verdict,
        (ushort)message.Reason,
        message.Service.Length == 0 ? null : NamespacedName.Parse(message.Service),
        message.VmiAddress.Length == 0 ? default : IpAddress.Parse(message.VmiAddress),
        (ushort)message.TargetPort,
        [.. message.Steps]);

    private static FlowAnswer ToFlow(Proto.Flow flow) => new(
        System.Enum.Parse<TransportProtocol>(flow.Protocol, ignoreCase: true),
        IpAddress.Parse(flow.Client),
        (ushort)flow.ClientPort,
        IpAddress.Parse(flow.FloatingIp),
        (ushort)flow.ServicePort,
        IpAddress.Parse(flow.Vmi),
        (ushort)flow.TargetPort,
        IpAddress.Parse(flow.SourceSeen),
        (ushort)flow.SourcePortSeen,
        flow.Established,
        flow.Fin,
        flow.Rst,
        TimeSpan.FromSeconds(flow.IdleSeconds));
}
