using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Orleans.Cn2.Transport.Certificates;

namespace Orleans.Cn2.Api.Security.Callers;

/// <summary>Makes callers of certificates and tokens by the policy file, which is read again after it changed.</summary>
internal sealed class CallerPolicy(ReloadedFiles<GrantPolicy>? file)
{
    private GrantPolicy Policy => file?.Current ?? GrantPolicy.None;

    /// <summary>The caller that a certificate stands for. A node's or silo's has no role of the API, whatever its subject says.</summary>
    public Caller Of(X509Certificate2 certificate)
    {
        if (CertificateNames.Node(certificate) is { } node)
        {
            return Caller.OfNode(node);
        }

        if (CertificateNames.Silo(certificate) is { } silo)
        {
            return Caller.OfSilo(silo);
        }

        string user = CertificateNames.User(certificate);
        ImmutableArray<Grant> grants = Policy.GrantsOf(user, CertificateNames.Groups(certificate));
        return Caller.OfUser("certificate", user, grants);
    }

    /// <summary>The caller that a token stands for.</summary>
    public Caller OfToken(string user, IEnumerable<string> groups) => Caller.OfUser("token", user, Policy.GrantsOf(user, groups));
}
