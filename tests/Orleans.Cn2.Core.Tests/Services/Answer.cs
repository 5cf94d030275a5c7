using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Services;

namespace Orleans.Cn2.Core.Tests.Services;

/// <summary>The right-hand side of a case: result, policy, families, addresses, message.</summary>
internal sealed record Answer(string Result, string Policy, string Families, string ClusterIPs, string Error)
{
    /// <summary>The answer in the tables' notation, where an address the system chose stands as its family.</summary>
    /// <param name="service">The admitted Service.</param>
    /// <param name="error">The message.</param>
    /// <param name="pool">The pool used.</param>
    /// <param name="old">Addresses the Service had before; all others are marked as new.</param>
    public static Answer Of(
        AdmittedService? service, string? error, SimplePool pool, IReadOnlyCollection<IpAddress>? old = null)
    {
        if (service is null)
        {
            foreach (IpAddress chosen in pool.Chosen)
            {
                error = error!.Replace(
                    $"\"{chosen}\"", chosen.Family == IpFamily.IPv4 ? "\"<allocated-v4>\"" : "\"<allocated-v6>\"", StringComparison.Ordinal);
            }

            return new("ERROR", "", "", "", error!);
        }

        AdmittedSpec spec = service.Spec;
        IEnumerable<string> ips = spec.Headless ? ["None"] : spec.ClusterIPs.Select(ip =>
            pool.Chosen.Contains(ip) ? $"{ip.Family}*" : old is null || old.Contains(ip) ? $"{ip}" : $"{ip}*");
        return new(
            "OK", spec.IpFamilyPolicy?.ToString() ?? "-", Join(spec.IpFamilies.Select(f => f.ToString())), Join(ips), "");
    }

    public static string Join(IEnumerable<string> values)
    {
        string text = string.Join(',', values);
        return text.Length == 0 ? "-" : text;
    }
}
