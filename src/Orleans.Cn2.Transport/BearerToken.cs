using System.Net.Http.Headers;
using Orleans.Cn2.Transport.Certificates;

namespace Orleans.Cn2.Transport;

/// <summary>Sends the token of a file with each request; the file may be replaced while the channel is open.</summary>
internal sealed class BearerToken(string file) : DelegatingHandler
{
    private readonly ReloadedFiles<string> _token = new([file], texts => texts[0].Trim(), TimeProvider.System);

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token.Current);
        return base.SendAsync(request, cancellationToken);
    }
}
