using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tests.Cases;

namespace Orleans.Cn2.Core.Tests.Services;

/// <summary>Every row of service-create.tsv: what Kubernetes answers to a create.</summary>
public sealed class ServiceCreateCasesTests
{
    public static TheoryData<string[]> Rows => [.. Tsv.Rows("service-create.tsv")];

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Rows))]
    public void Create_RowOfTable_AnswersAsKubernetes(string[] row)
    {
        string[]? ips = Tsv.List(row[2]);
        ServiceSpec spec = Given.Plain with
        {
            ClusterIP = ips?[0],
            ClusterIPs = ips?.ToValueList(),
            Selector = row[3] == "yes" ? Given.Plain.Selector : null,
            IpFamilyPolicy = row[4] == "-" ? null : row[4],
            IpFamilies = Tsv.List(row[5])?.ToValueList(),
        };
        SimplePool pool = new();

        (_, AdmittedService? service, string? error) = pool.Admit(Given.Manifest(spec), null, Given.Cluster(row[1]));

        Assert.Equal(new Answer(row[6], row[7], row[8], row[9], row[10]), Answer.Of(service, error, pool));
    }
}
