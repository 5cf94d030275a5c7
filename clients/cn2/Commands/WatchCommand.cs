using System.CommandLine;
using Grpc.Core;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Commands;

/// <summary><c>cn2 watch</c>: one line a change, until Ctrl-C.</summary>
internal static class WatchCommand
{
    public static Command Create()
    {
        Argument<string> kind = new("kind") { Description = "services or vmis", DefaultValueFactory = _ => "services" };
        kind.CompletionSources.Add("services", "vmis");
        return new Command("watch", "Follow changes").With(kind, CommandLine.AllNamespaces, CommandLine.Selector).Does(async (parsed, cancellation) =>
        {
            using Cn2Client client = CommandLine.Connect(parsed);
            ListOptions options = new() { Namespace = CommandLine.NamespaceOf(parsed), LabelSelector = parsed.GetValue(CommandLine.Selector) };
            switch (parsed.GetRequiredValue(kind).TrimEnd('s'))
            {
                case "service":
                    using (AsyncServerStreamingCall<ServiceEvent> call = client.Services.Watch(new WatchServicesRequest { Options = options }, cancellationToken: cancellation))
                    {
                        await foreach (ServiceEvent change in call.ResponseStream.ReadAllAsync(cancellation).ConfigureAwait(false))
                        {
                            await WriteAsync(change.Type, change.Service is { } service
                                ? $"{service.Metadata.Namespace}/{service.Metadata.Name} {string.Join(',', service.Spec.ClusterIps)} ready {service.Status.ReadyEndpoints}/{service.Status.TotalEndpoints}"
                                : "").ConfigureAwait(false);
                        }
                    }

                    return ExitCodes.Ok;
                case "vmi":
                    using (AsyncServerStreamingCall<VmiEvent> call = client.Vmis.Watch(new WatchVmisRequest { Options = options }, cancellationToken: cancellation))
                    {
                        await foreach (VmiEvent change in call.ResponseStream.ReadAllAsync(cancellation).ConfigureAwait(false))
                        {
                            await WriteAsync(change.Type, change.Vmi is { } vmi
                                ? $"{vmi.Metadata.Namespace}/{vmi.Metadata.Name} {vmi.Node} {string.Join(',', vmi.Addresses)} {(vmi.Terminating ? "terminating" : vmi.Ready ? "ready" : "not ready")}"
                                : "").ConfigureAwait(false);
                        }
                    }

                    return ExitCodes.Ok;
                default:
                    throw new CommandException(ExitCodes.Usage, $"kind: '{parsed.GetRequiredValue(kind)}' must be services or vmis");
            }
        });
    }

    private static Task WriteAsync(EventType type, string text) =>
        Console.Out.WriteLineAsync(text.Length == 0 ? type.ToString().ToUpperInvariant() : $"{type.ToString().ToUpperInvariant()} {text}");
}
