using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;
using Spectre.Console;

namespace Orleans.Cn2.Bench.Control.Load;

/// <summary>
/// Fills a silo: Services in namespaces of 100, each with VMIs of its own, which are spread over all nodes, as a cluster's pods are.
/// </summary>
internal sealed class FullControlPlane(ControlSize size)
{
    private const int Clients = 16;
    private const int CallsAtOnce = 128;
    private const int ServicesOfNamespace = 100;

    /// <summary>How many Services there are.</summary>
    public int Services => size.Services;

    public static string NodeName(int node) => $"node-{node}";

    public static string NamespaceOf(int service) => $"ns-{service / ServicesOfNamespace}";

    public static string ServiceName(int service) => $"web-{service}";

    public static string VmiName(int service, int index) => $"{ServiceName(service)}-{index}";

    /// <summary>Makes all of it.</summary>
    public async Task FillAsync(string server)
    {
        Cn2Client[] clients = [.. Enumerable.Range(0, Clients).Select(_ => Cn2Client.Connect(server))];
        await EachAsync("nodes", size.Workers, node => Requests.KnownAsync(() => clients[node % Clients].Nodes.RegisterAsync(new RegisterNodeRequest
        {
            Node = new Node { Metadata = new ObjectMeta { Name = NodeName(node) }, Addresses = { $"172.18.{node / 250}.{(node % 250) + 1}" } },
        })));
        await EachAsync("Services", size.Services, service => Requests.KnownAsync(
            () => clients[service % Clients].Services.ApplyAsync(Requests.DualStack(NamespaceOf(service), ServiceName(service)))));
        await EachAsync("VMIs", size.Services * size.Vmis, vmi => Requests.KnownAsync(() => clients[vmi % Clients].Vmis.RegisterAsync(Vmi(vmi))));
        Array.ForEach(clients, client => client.Dispose());
    }

    private RegisterVmiRequest Vmi(int number)
    {
        int service = number / size.Vmis;
        return new RegisterVmiRequest
        {
            Vmi = new Vmi
            {
                Metadata = new ObjectMeta
                {
                    Namespace = NamespaceOf(service),
                    Name = VmiName(service, number % size.Vmis),

                    // A request that is repeated while the first one is under way is the same VMI by this alone.
                    Uid = new Guid(number + 1, 0, 0, new byte[8]).ToString(),
                    Labels = { ["app"] = ServiceName(service) },
                },
                Node = NodeName(number % size.Workers),
                Addresses = { $"10.{128 + (number >> 16)}.{(number >> 8) & 255}.{number & 255}", $"fd00:244::{number >> 16:x}:{number & 0xFFFF:x}" },
            },
        };
    }

    private static async Task EachAsync(string what, int count, Func<int, Task> make)
    {
        long began = TimeProvider.System.GetTimestamp();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = CallsAtOnce }, async (number, _) => await make(number));
        double seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        AnsiConsole.WriteLine($"  {count:#,0} {what} in {seconds:0.0} s, {count / seconds:#,0}/s");
    }
}
