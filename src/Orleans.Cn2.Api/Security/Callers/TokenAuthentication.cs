using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace Orleans.Cn2.Api.Security.Callers;

/// <summary>
/// Bearer tokens (JWT, RFC 7519). <c>sub</c> is the user; <c>groups</c> and <c>roles</c> are his groups. Signatures are asymmetric: no secret that
/// could make tokens is kept here.
/// </summary>
internal static class TokenAuthentication
{
    /// <summary>Name of the authentication scheme.</summary>
    public const string SchemeName = "Token";

    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    public static void Add(AuthenticationBuilder authentication, TokenSecurity tokens)
    {
        authentication.AddJwtBearer(SchemeName, bearer => bearer.MapInboundClaims = false);
        authentication.Services.AddOptions<JwtBearerOptions>(SchemeName).Configure<ILoggerFactory>(
            (bearer, logs) => Configure(bearer, tokens, logs.CreateLogger(typeof(TokenAuthentication))));
    }

    private static void Configure(JwtBearerOptions bearer, TokenSecurity tokens, ILogger log)
    {
        bearer.TokenValidationParameters = new TokenValidationParameters
        {
            ValidIssuer = tokens.Issuer,
            ValidAudience = tokens.Audience,
            ValidAlgorithms = Algorithms,
            ClockSkew = ClockSkew,
            NameClaimType = "sub",
        };
        bearer.Events = new JwtBearerEvents { OnTokenValidated = IdentifyAsync };
        if (tokens.OpenKeys() is not { } keys)
        {
            bearer.Authority = tokens.Issuer;
            return;
        }

        keys.Changed += fault => log.FilesTold("token keys", fault);
        bearer.TokenValidationParameters.IssuerSigningKeyResolver = (_, _, id, _) =>
            keys.Current.GetSigningKeys().Where(key => string.IsNullOrEmpty(id) || key.KeyId == id);
    }

    private static Task IdentifyAsync(TokenValidatedContext context)
    {
        string? user = context.Principal?.FindFirst("sub")?.Value;
        if (string.IsNullOrEmpty(user))
        {
            context.Fail("the token names no subject (sub)");
            return Task.CompletedTask;
        }

        CallerPolicy policy = context.HttpContext.RequestServices.GetRequiredService<CallerPolicy>();
        context.Principal!.AddIdentity(policy.OfToken(
            user, context.Principal.Claims.Where(claim => claim.Type is "groups" or "roles").Select(claim => claim.Value)));
        return Task.CompletedTask;
    }

    /// <summary>Why a token was not accepted, without anything of the token.</summary>
    public static string FaultOf(Exception failure) => failure switch
    {
        SecurityTokenExpiredException => "the token expired",
        SecurityTokenNotYetValidException => "the token is not valid yet",
        SecurityTokenInvalidIssuerException => "the token is of another issuer",
        SecurityTokenInvalidAudienceException => "the token is for another audience",
        SecurityTokenSignatureKeyNotFoundException => "the token is signed by an unknown key",
        SecurityTokenException or ArgumentException => "the token is not valid",
        AuthenticationFailureException refused => refused.Message,
        _ => $"the token can't be checked: {failure.GetType().Name}",
    };
}
