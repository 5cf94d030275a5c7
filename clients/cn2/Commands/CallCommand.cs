using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Orleans.Cn2.Cli.Calls;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Cli.Output;
using Orleans.Cn2.Client;

namespace Orleans.Cn2.Cli.Commands;

/// <summary><c>cn2 call</c>: any method of any service of the server, by what the server tells of itself.</summary>
internal static class CallCommand
{
    // As gRPC asks for a call of any shape: a single message is a stream of one.
    private const MethodType AnyShape = MethodType.DuplexStreaming;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        Argument<string> method = new("method")
        {
            Description = "SERVICE/METHOD, as cn2.v1.Services/Apply; none: list what the server has",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string> data = new("--data", "-d") { Description = "The request in JSON, several for a method that takes a stream; @ reads standard input", DefaultValueFactory = _ => "{}" };
        Option<int> count = new("--count") { Description = "End after so many answers of a stream (default: when the server ends it)" };
        return new Command("call", "Call a gRPC method with a request in JSON, by server reflection").With(method, data, count).Does(async (parsed, cancellation) =>
        {
            using Cn2Client client = CommandLine.Connect(parsed);
            IReadOnlyList<MethodDescriptor> methods = await ServerSchema.MethodsAsync(client.Invoker, cancellation).ConfigureAwait(false);
            if (parsed.GetValue(method) is not { Length: > 0 } name)
            {
                foreach (MethodDescriptor known in methods)
                {
                    await Console.Out.WriteLineAsync($"{NameOf(known)}({Shape(known.IsClientStreaming)}{known.InputType.FullName}) returns ({Shape(known.IsServerStreaming)}{known.OutputType.FullName})")
                        .ConfigureAwait(false);
                }

                return ExitCodes.Ok;
            }

            MethodDescriptor called = methods.FirstOrDefault(known => NameOf(known) == name)
                ?? throw new CommandException(ExitCodes.Usage, $"method: '{name}' is not one of this server; cn2 call lists them");
            string text = parsed.GetRequiredValue(data);
            byte[][] requests = Requests(called, text == "@" ? await Console.In.ReadToEndAsync(cancellation).ConfigureAwait(false) : text);
            await CallAsync(client.Invoker, called, requests, parsed.GetValue(count), json => Write(json, parsed.GetValue(CommandLine.Output)), cancellation).ConfigureAwait(false);
            return ExitCodes.Ok;
        });
    }

    private static async Task CallAsync(
        CallInvoker server, MethodDescriptor method, byte[][] requests, int count, Action<JsonNode?> told, CancellationToken cancellation)
    {
        Marshaller<byte[]> asIs = Marshallers.Create(bytes => bytes, bytes => bytes);
        Method<byte[], byte[]> raw = new(AnyShape, method.Service.FullName, method.Name, asIs, asIs);
        using AsyncDuplexStreamingCall<byte[], byte[]> call = server.AsyncDuplexStreamingCall(raw, null, new CallOptions(cancellationToken: cancellation));
        foreach (byte[] request in requests)
        {
            await call.RequestStream.WriteAsync(request, cancellation).ConfigureAwait(false);
        }

        await call.RequestStream.CompleteAsync().ConfigureAwait(false);
        for (int answers = 1; await call.ResponseStream.MoveNext(cancellation).ConfigureAwait(false); answers++)
        {
            told(MessageToJson.Decode(method.OutputType, call.ResponseStream.Current));
            if (answers == count)
            {
                return;
            }
        }
    }

    private static byte[][] Requests(MethodDescriptor method, string text)
    {
        try
        {
            JsonElement[] values = [.. Values(text)];
            return values.Length == 1 || method.IsClientStreaming
                ? [.. values.Select(value => JsonToMessage.Encode(method.InputType, value))]
                : throw new FormatException($"data: {values.Length} requests for a method that takes one");
        }
        catch (JsonException malformed)
        {
            throw new FormatException($"data: is no JSON: {malformed.Message}");
        }
    }

    private static List<JsonElement> Values(string text)
    {
        Utf8JsonReader reader = new(System.Text.Encoding.UTF8.GetBytes(text), new JsonReaderOptions { AllowMultipleValues = true });
        List<JsonElement> values = [];
        while (reader.Read())
        {
            values.Add(JsonElement.ParseValue(ref reader));
        }

        return values;
    }

    private static void Write(JsonNode? json, OutputFormat format)
    {
        string text = json?.ToJsonString(Indented) ?? "null";
        Console.Out.Write(format == OutputFormat.Yaml ? "---\n" + YamlText.Of(text) : text + "\n");
    }

    private static string NameOf(MethodDescriptor method) => $"{method.Service.FullName}/{method.Name}";

    private static string Shape(bool stream) => stream ? "stream " : "";
}
