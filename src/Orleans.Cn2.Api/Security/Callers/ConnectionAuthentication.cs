using System.Net.Sockets;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Orleans.Cn2.Api.Security.Callers;

/// <summary>Says who calls by the connection alone: its client certificate, or the unix domain socket that it came by.</summary>
internal sealed class ConnectionAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, ApiSecurity security, CallerPolicy policy,
    ClientTrust? trust = null) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    /// <summary>Name of the authentication scheme.</summary>
    public const string SchemeName = "Connection";

    /// <inheritdoc/>
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Authenticate());

    private AuthenticateResult Authenticate()
    {
        if (!security.Authenticates)
        {
            return Success(Caller.Anonymous);
        }

        if (Context.Features.Get<IConnectionSocketFeature>()?.Socket.AddressFamily == AddressFamily.Unix)
        {
            return Success(Caller.Local);
        }

        if (trust is null || Context.Connection.ClientCertificate is not { } certificate)
        {
            return AuthenticateResult.NoResult();
        }

        return trust.FaultOf(certificate) is { } fault ? AuthenticateResult.Fail(fault) : Success(policy.Of(certificate));
    }

    private static AuthenticateResult Success(Caller caller) =>
        AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(caller), SchemeName));
}
