using System.Globalization;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Worker.Control;

/// <summary>Answers questions of the control plane about this node's data plane.</summary>
internal static class QueryAnswerer
{
    private const int DefaultFlowLimit = 1000;
    private const double LongestSilence = 86_400;

    /// <summary>The answer to a query; what is wrong with the query is said in it.</summary>
    public static Proto.Answer Answer(IForwardingPlane plane, Proto.Query query)
    {
        Proto.Answer answer = new() { QueryId = query.Id };
        try
        {
            switch (query.QueryCase)
            {
                case Proto.Query.QueryOneofCase.Explain:
                    answer.Explanation = Explain(plane, query.Explain);
                    break;
                case Proto.Query.QueryOneofCase.Flows:
                    answer.Flows = Flows(plane, query.Flows);
                    break;
                default:
                    answer.Error = $"query: {query.QueryCase} is unknown to this worker";
                    break;
            }
        }
        catch (FormatException malformed)
        {
            answer.Error = malformed.Message;
        }

        return answer;
    }

    private static Proto.Explanation Explain(IForwardingPlane plane, Proto.ExplainRequest request)
    {
        if (!Enum.TryParse(request.Protocol, ignoreCase: true, out TransportProtocol protocol))
        {
            throw new FormatException($"protocol: '{request.Protocol}' must be TCP, UDP or SCTP");
        }

        Explanation explanation = plane.Explain(new PacketTuple(
            protocol, IpAddress.Parse(request.Source), Port(request.SourcePort), IpAddress.Parse(request.Destination), Port(request.DestinationPort)));
        Proto.Explanation message = new()
        {
            Verdict = explanation.Verdict.ToString().ToLower(CultureInfo.InvariantCulture),
            Reason = (Proto.DropReason)explanation.Reason,
            Service = explanation.Service?.ToString() ?? "",
            Steps = { explanation.Steps },
        };
        if (explanation.Path is EcmpPath path)
        {
            message.VmiAddress = path.Address.ToString();
            message.TargetPort = path.Port;
        }

        return message;
    }

    private static Proto.FlowsResponse Flows(IForwardingPlane plane, Proto.FlowsRequest request)
    {
        FlowFilter filter = new(
            Address(request.FloatingIp),
            Address(request.Client),
            Address(request.Vmi),
            request.OpenOnly ? Seconds(request.SilentSeconds) : null);
        int limit = request.Limit > 0 ? request.Limit : DefaultFlowLimit;
        return new Proto.FlowsResponse { Flows = { plane.ReadFlows(filter, limit).Select(ToProto) } };
    }

    private static Proto.Flow ToProto(FlowRow row) => new()
    {
        Protocol = row.Protocol.ToString().ToUpperInvariant(),
        Client = row.Client.ToString(),
        ClientPort = row.ClientPort,
        FloatingIp = row.FloatingIp.ToString(),
        ServicePort = row.ServicePort,
        Vmi = row.Vmi.ToString(),
        TargetPort = row.TargetPort,
        SourceSeen = row.SourceSeen.ToString(),
        SourcePortSeen = row.SourcePortSeen,
        Established = row.Established,
        Fin = row.Fin,
        Rst = row.Rst,
        IdleSeconds = row.Idle.TotalSeconds,
    };

    private static IpAddress Address(string text) => text.Length == 0 ? default : IpAddress.Parse(text);

    private static TimeSpan Seconds(double seconds) => seconds is >= 0 and <= LongestSilence
        ? TimeSpan.FromSeconds(seconds)
        : throw new FormatException($"silent_seconds: {seconds}, must be 0..{LongestSilence}");

    private static ushort Port(uint port) =>
        port <= ushort.MaxValue ? (ushort)port : throw new FormatException($"port: {port}, must be 0..65535");
}
