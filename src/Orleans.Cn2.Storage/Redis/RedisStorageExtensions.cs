using Microsoft.Extensions.Hosting;
using Orleans.Providers;
using StackExchange.Redis;

namespace Orleans.Cn2.Storage;

/// <summary>Adds Redis, by Orleans' own providers, to silos and to clients of the cluster.</summary>
public static class RedisStorageExtensions
{
    /// <summary>
    /// Registers Redis as the default grain storage, as the one named <see cref="StateStorage.ProviderName"/>, and as the membership of the cluster. What
    /// survives a failure of the server is up to its <c>appendfsync</c>: with <c>always</c> every acknowledged write.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="connectionString">As StackExchange.Redis reads it.</param>
    public static ISiloBuilder AddCn2RedisStorage(this ISiloBuilder builder, string connectionString)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ConfigurationOptions connection = Read(connectionString);
        foreach (string name in (string[])[ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, StateStorage.ProviderName])
        {
            builder.AddRedisGrainStorage(name, options =>
            {
                options.ConfigurationOptions = connection;
                options.DeleteStateOnClear = true;
            });
        }

        return builder.UseRedisClustering(options => options.ConfigurationOptions = connection);
    }

    /// <summary>Lets a client of the cluster find its silos in Redis.</summary>
    public static IClientBuilder UseCn2RedisClustering(this IClientBuilder builder, string connectionString) =>
        builder.UseRedisClustering(options => options.ConfigurationOptions = Read(connectionString));

    /// <summary>What is wrong with a connection string. Empty when nothing is.</summary>
    public static IReadOnlyList<string> Check(string connectionString)
    {
        try
        {
            return Read(connectionString).EndPoints.Count > 0 ? [] : ["must name a server, HOST:PORT"];
        }
        catch (ArgumentException malformed)
        {
            return [$"can't be read: {malformed.Message}"];
        }
    }

    private static ConfigurationOptions Read(string connectionString)
    {
        ConfigurationOptions options = ConfigurationOptions.Parse(connectionString);

        // A server that restarts is waited for by the operation that needs it, not by the silo's start alone.
        options.AbortOnConnectFail = false;
        return options;
    }
}
