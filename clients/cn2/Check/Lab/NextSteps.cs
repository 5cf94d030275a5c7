using System.Collections.Immutable;
using System.Net;
using Orleans.Cn2.Cli.LabGlue;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Lab;

namespace Orleans.Cn2.Cli.Check.Lab;

/// <summary>Commands that show a lab which was left running, as they can be typed where the job was started.</summary>
internal static class NextSteps
{
    /// <summary>One a line; <paramref name="example"/> is an address and port that answers, or null.</summary>
    public static ImmutableArray<string> Of(LabCluster lab, Target? example)
    {
        // The lab of the usual name is what every command looks for by itself.
        bool usual = lab.Options.Name == LabSession.DefaultName;
        string named = usual ? "" : $" --name {lab.Options.Name}";
        string server = usual ? "" : $" --server {LabSilo.ServerOf(lab.Directory)}";
        List<string> commands = ["get fips" + server, "get services -o wide" + server];
        if (example is { } target)
        {
            IPEndPoint destination = new(target.Address, target.Port);
            IPEndPoint source = new((target.Family == "v4" ? lab.Nodes[0].V4 : lab.Nodes[0].V6).ToIPAddress(), 40000);
            if (target.Protocol == TransportProtocol.Tcp)
            {
                commands.Add($"lab exec{named} outside -- curl -s http://{destination}/");
            }

            commands.Add($"explain {lab.Nodes[0].Name} {source} {destination} --protocol {target.Protocol.ToString().ToUpperInvariant()}{server}");
        }

        commands.AddRange([$"flows {lab.Nodes[0].Name}{server}", "lab status" + named, "lab down" + named]);
        return [.. commands.Select(command => $"  {Program()} {command}")];
    }

    private static string Program()
    {
        string path = Environment.ProcessPath ?? "cn2";
        string relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative.Contains('/') ? relative : "./" + relative;
    }
}
