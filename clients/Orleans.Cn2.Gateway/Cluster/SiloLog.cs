namespace Orleans.Cn2.Gateway.Cluster;

/// <summary>Tells when the last connection to a silo is lost, and when there is one again.</summary>
internal sealed class SiloLog(ILogger<SiloLog> log) : IClusterConnectionStatusObserver
{
    /// <inheritdoc/>
    public void NotifyGatewayCountChanged(int currentNumberOfGateways, int previousNumberOfGateways, bool connectionRecovered)
    {
        if (connectionRecovered || previousNumberOfGateways == 0)
        {
            log.Connected(currentNumberOfGateways);
        }
    }

    /// <inheritdoc/>
    public void NotifyClusterConnectionLost() => log.Lost();
}
