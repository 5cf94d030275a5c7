using Microsoft.IdentityModel.Tokens;
using Orleans.Cn2.Transport.Certificates;

namespace Orleans.Cn2.Api.Security;

/// <summary>Which bearer tokens are accepted.</summary>
/// <param name="Issuer">The tokens' <c>iss</c>; without <paramref name="KeysFile"/> also where its keys are found (OpenID Connect discovery).</param>
/// <param name="Audience">The tokens' <c>aud</c>.</param>
/// <param name="KeysFile">A JSON Web Key Set (RFC 7517) with the issuer's public keys, read again after it changed, or null.</param>
public sealed record TokenSecurity(string Issuer, string Audience, string? KeysFile)
{
    /// <summary>What is wrong with the keys' file, or null.</summary>
    public string? Fault() => PemFiles.FaultOf(() => (object?)OpenKeys() ?? this);

    internal ReloadedFiles<JsonWebKeySet>? OpenKeys() => KeysFile is null
        ? null
        : new([KeysFile], texts => new JsonWebKeySet(texts[0]) is { } set && set.GetSigningKeys().Count > 0
            ? set
            : throw new FormatException("there is no signing key in the file"), TimeProvider.System);
}
