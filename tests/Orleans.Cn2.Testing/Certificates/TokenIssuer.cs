using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Orleans.Cn2.Testing.Certificates;

/// <summary>Signs JSON Web Tokens (RFC 7519, ES256) and tells its public key as a JSON Web Key Set.</summary>
public sealed class TokenIssuer(string issuer, string keyId) : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The key set.</summary>
    public string KeySet
    {
        get
        {
            ECPoint point = _key.ExportParameters(false).Q;
            return JsonSerializer.Serialize(new
            {
                keys = new[] { new { kty = "EC", crv = "P-256", use = "sig", alg = "ES256", kid = keyId, x = Text(point.X!), y = Text(point.Y!) } },
            });
        }
    }

    /// <summary>A token for <paramref name="audience"/>.</summary>
    /// <param name="user">Its subject.</param>
    /// <param name="groups">Its groups.</param>
    /// <param name="life">From now; negative for one that expired so long ago.</param>
    public string Token(string user, string[] groups, TimeSpan life, string audience = "cn2") => Sign("ES256", new
    {
        iss = issuer,
        aud = audience,
        sub = user,
        groups,
        nbf = DateTimeOffset.UtcNow.AddDays(-1).ToUnixTimeSeconds(),
        exp = (DateTimeOffset.UtcNow + life).ToUnixTimeSeconds(),
    });

    /// <summary>A token with any header algorithm; the signature is ES256 or, for <c>none</c>, empty.</summary>
    public string Sign(string algorithm, object claims)
    {
        string text = $"{Text(new { alg = algorithm, typ = "JWT", kid = keyId })}.{Text(claims)}";
        return algorithm == "none" ? text + "." : $"{text}.{Text(_key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256))}";
    }

    public void Dispose() => _key.Dispose();

    private static string Text(object value) => Text(JsonSerializer.SerializeToUtf8Bytes(value));

    private static string Text(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
