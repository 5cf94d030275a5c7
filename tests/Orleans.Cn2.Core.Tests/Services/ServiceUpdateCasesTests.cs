using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tests.Cases;

namespace Orleans.Cn2.Core.Tests.Services;

/// <summary>Every row of service-update.tsv: what Kubernetes answers to a replacement of the whole Service.</summary>
public sealed class ServiceUpdateCasesTests
{
    public static TheoryData<string[]> Rows => [.. Tsv.Rows("service-update.tsv")];

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Rows))]
    public void Update_RowOfTable_AnswersAsKubernetes(string[] row)
    {
        AdmittedService old = Stored(row.AsSpan(2, 5));
        string[]? ips = Tsv.List(row[10]);
        ServiceSpec spec = Given.Plain with
        {
            Type = row[7],
            IpFamilyPolicy = row[8] == "-" ? null : row[8],
            IpFamilies = Tsv.List(row[9])?.ToValueList(),
            ClusterIP = ips?[0],
            ClusterIPs = ips?.ToValueList(),
            Selector = row[11] == "yes" ? Given.Plain.Selector : null,
            ExternalName = row[7] == "ExternalName" ? "bar.example.com" : null,
        };
        SimplePool pool = new(old.Spec.ClusterIPs);

        (AdmissionPlan? plan, AdmittedService? service, string? error) =
            pool.Admit(Given.Manifest(spec), old, Given.Cluster(row[1]));

        Assert.Equal(
            new Answer(row[12], row[13], row[14], row[15], row[17]),
            Answer.Of(service, error, pool, [.. old.Spec.ClusterIPs]));
        string released = service is null ? "" : Answer.Join(plan!.Releases.Select(ip => ip.ToString()));
        Assert.Equal(row[16], released);
        Assert.Equal(
            (service ?? old).Spec.ClusterIPs.Order(),
            pool.Taken.Order());
    }

    private static AdmittedService Stored(ReadOnlySpan<string> cells)
    {
        bool headless = cells[3] == "None";
        return new(new("default", "foo"), LabelSet.Empty, LabelSet.Empty, new AdmittedSpec
        {
            Type = Enum.Parse<ServiceType>(cells[0]),
            Headless = headless,
            IpFamilyPolicy = cells[1] == "-" ? null : Enum.Parse<IpFamilyPolicy>(cells[1]),
            IpFamilies = (Tsv.List(cells[2]) ?? []).Select(f => Enum.Parse<IpFamily>(f)).ToValueList(),
            ClusterIPs = headless ? [] : (Tsv.List(cells[3]) ?? []).Select(ip => IpAddress.Parse(ip)).ToValueList(),
            Selector = cells[4] == "yes" ? Given.Plain.Selector : null,
            Ports = [new ServicePort("", TransportProtocol.Tcp, 80, IntOrString.Of(80))],
            InternalTrafficPolicy = cells[0] == "ExternalName" ? null : TrafficPolicy.Cluster,
            ExternalName = cells[0] == "ExternalName" ? "bar.example.com" : null,
        });
    }
}
