using System.Globalization;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Testing.Histories;

namespace Orleans.Cn2.Testing.Faults;

/// <summary>A VMI that a Service of the load selects; its value is a label, and says which node it is on, so that it moves from one to another with its changes.</summary>
internal sealed class LoadVmi(Cn2Client client, string name, string service, IReadOnlyList<string> nodes, params string[] addresses) : ILoadObject
{
    private const string ValueLabel = "value";

    public string Name => "vmi/" + name;

    public async Task<SeenObject> PutAsync(string uid, int value, DateTime deadline)
    {
        Vmi vmi = new()
        {
            Metadata = new ObjectMeta
            {
                Namespace = LoadService.Namespace,
                Name = name,
                Uid = uid,
                Labels = { ["app"] = service, [ValueLabel] = value.ToString(CultureInfo.InvariantCulture) },
            },
            Node = nodes[value % nodes.Count],
            Addresses = { addresses },
        };
        return SeenOf((await client.Vmis.RegisterAsync(new RegisterVmiRequest { Vmi = vmi }, deadline: deadline)).Vmi);
    }

    public async Task DeleteAsync(string uid, DateTime deadline) =>
        await client.Vmis.DeregisterAsync(new DeregisterVmiRequest { Namespace = LoadService.Namespace, Name = name, Uid = uid }, deadline: deadline);

    public async Task<SeenObject> GetAsync(DateTime deadline) =>
        SeenOf(await client.Vmis.GetAsync(new GetVmiRequest { Namespace = LoadService.Namespace, Name = name }, deadline: deadline));

    private static SeenObject SeenOf(Vmi vmi) => new(vmi.Metadata.Uid, int.Parse(vmi.Metadata.Labels[ValueLabel], CultureInfo.InvariantCulture), []);
}
