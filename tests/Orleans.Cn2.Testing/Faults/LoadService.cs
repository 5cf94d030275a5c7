using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Testing.Histories;

namespace Orleans.Cn2.Testing.Faults;

/// <summary>A dual-stack Service, whose value is its port. With addresses it asks for these, and is refused while another has them.</summary>
internal sealed class LoadService(Cn2Client client, string name, params string[] addresses) : ILoadObject
{
    /// <summary>Namespace of everything that the load makes.</summary>
    public const string Namespace = "load";

    /// <summary>How the history's name of a Service begins.</summary>
    public const string Kind = "service/";

    public string Name => Kind + name;

    public async Task<SeenObject> PutAsync(string uid, int value, DateTime deadline)
    {
        Service service = new()
        {
            Metadata = new ObjectMeta { Namespace = Namespace, Name = name, Uid = uid },
            Spec = new ServiceSpec { IpFamilyPolicy = "RequireDualStack", Ports = { new ServicePort { Port = value } }, Selector = { ["app"] = name } },
        };
        if (addresses.Length > 0)
        {
            service.Spec.ClusterIp = addresses[0];
            service.Spec.ClusterIps.Add(addresses);
        }

        return SeenOf((await client.Services.ApplyAsync(new ApplyServiceRequest { Service = service }, deadline: deadline)).Service);
    }

    public async Task DeleteAsync(string uid, DateTime deadline) =>
        await client.Services.DeleteAsync(new DeleteServiceRequest { Namespace = Namespace, Name = name, Uid = uid }, deadline: deadline);

    public async Task<SeenObject> GetAsync(DateTime deadline) =>
        SeenOf(await client.Services.GetAsync(new GetServiceRequest { Namespace = Namespace, Name = name }, deadline: deadline));

    private static SeenObject SeenOf(Service service) =>
        new(service.Metadata.Uid, service.Spec.Ports[0].Port, [.. service.Status.FloatingIps.Select(fip => fip.Address).Order(StringComparer.Ordinal)]);
}
