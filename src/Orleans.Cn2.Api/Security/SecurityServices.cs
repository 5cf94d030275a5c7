using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Api.Security.Access;
using Orleans.Cn2.Api.Security.Audit;
using Orleans.Cn2.Api.Security.Callers;
using Orleans.Cn2.Api.Security.Limits;
using Orleans.Cn2.Api.Security.Tls;
using Orleans.Cn2.Transport.Certificates;

namespace Orleans.Cn2.Api.Security;

/// <summary>Adds what guards the API to a host.</summary>
internal static class SecurityServices
{
    private const string ByCredentials = "Credentials";

    public static void AddApiSecurity(this IServiceCollection services, ApiSecurity security)
    {
        services.AddSingleton(security);
        services.AddSingleton(provider => new CallerPolicy(Policy(security, provider)));
        services.AddSingleton(provider => new AuditLog(security.Audit, provider.GetRequiredService<ILoggerFactory>(), provider.GetRequiredService<TimeProvider>()));
        TrustedAuthorities? clients = security.ClientCaFile is null ? null : new TrustedAuthorities(security.ClientCaFile);
        if (clients is not null)
        {
            services.AddSingleton(provider => new ClientTrust(clients, provider.GetRequiredService<TimeProvider>()));
        }

        if (security.CertificateFile is not null)
        {
            CertificateFiles own = new(security.CertificateFile, security.KeyFile);
            services.AddSingleton(provider => new ServerTls(own, clients, provider.GetRequiredService<ILogger<ServerTls>>()));
        }

        AuthenticationBuilder authentication = services.AddAuthentication(ByCredentials)
            .AddPolicyScheme(ByCredentials, null, options => options.ForwardDefaultSelector = context => SchemeOf(security, context))
            .AddScheme<AuthenticationSchemeOptions, ConnectionAuthentication>(ConnectionAuthentication.SchemeName, null);
        if (security.Tokens is not null)
        {
            TokenAuthentication.Add(authentication, security.Tokens);
        }

        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        services.AddSingleton<IAuthorizationHandler, AccessHandler>().AddSingleton<IAuthorizationMiddlewareResultHandler, AccessRefusal>();
        services.AddClientLimits(security.Limits);
    }

    // A token says more than the connection that it came by.
    private static string SchemeOf(ApiSecurity security, HttpContext context) =>
        security.Tokens is not null && context.Request.Headers.Authorization.ToString().StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            ? TokenAuthentication.SchemeName
            : ConnectionAuthentication.SchemeName;

    private static ReloadedFiles<GrantPolicy>? Policy(ApiSecurity security, IServiceProvider provider)
    {
        ReloadedFiles<GrantPolicy>? file = security.OpenPolicy();
        if (file is not null)
        {
            ILogger log = provider.GetRequiredService<ILogger<GrantPolicy>>();
            file.Changed += fault => log.FilesTold("policy", fault);
        }

        return file;
    }
}
