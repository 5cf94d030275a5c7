using Google.Protobuf;

namespace Orleans.Cn2.Silo.Tests.Telemetry;

/// <summary>What the tests need of an exported span.</summary>
internal sealed record OtlpSpan(string Program, string TraceId, string SpanId, string ParentId, string Name)
{
    /// <summary>
    /// Reads an ExportTraceServiceRequest (opentelemetry-proto, collector/trace/v1): resource_spans = 1 {resource = 1 {attributes = 1}, scope_spans = 2
    /// {spans = 2 {trace_id = 1, span_id = 2, parent_span_id = 4, name = 5}}}.
    /// </summary>
    public static IEnumerable<OtlpSpan> Read(byte[] request) =>
        from resource in Fields(request, 1)
        let program = Fields(resource, 1).SelectMany(attributes => Fields(attributes, 1)).Where(attribute => Text(attribute, 1) == "service.name")
            .Select(attribute => Text(Fields(attribute, 2).Single(), 1)).SingleOrDefault("")
        from scope in Fields(resource, 2)
        from span in Fields(scope, 2)
        select new OtlpSpan(program, Id(span, 1), Id(span, 2), Id(span, 4), Text(span, 5));

    private static string Id(byte[] message, int number) => Convert.ToHexString(Fields(message, number).SingleOrDefault([]));

    private static string Text(byte[] message, int number) => System.Text.Encoding.UTF8.GetString(Fields(message, number).SingleOrDefault([]));

    // The length-delimited fields of this number.
    private static List<byte[]> Fields(byte[] message, int number)
    {
        List<byte[]> found = [];
        using CodedInputStream input = new(message);
        while (input.ReadTag() is var tag && tag != 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == number && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
            {
                found.Add(input.ReadBytes().ToByteArray());
            }
            else
            {
                input.SkipLastField();
            }
        }

        return found;
    }
}
