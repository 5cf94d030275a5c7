using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Configuration;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Hosting.Listening;

namespace Orleans.Cn2.Hosting.Settings;

/// <summary>Reads option values and gathers what is wrong with them: each error names option, value and rule.</summary>
internal sealed class OptionReader(IConfiguration configuration)
{
    /// <summary>All errors so far.</summary>
    public List<string> Errors { get; } = [];

    public string Text(string key, string fallback) => configuration[key] is { Length: > 0 } value ? value : fallback;

    public string? Optional(string key) => Text(key, "") is { Length: > 0 } value ? value : null;

    public string[] List(string key, string fallback) =>
        Text(key, fallback).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>A number above 0.</summary>
    public int Count(string key, int fallback)
    {
        string value = Text(key, fallback.ToString(CultureInfo.InvariantCulture));
        if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count == 0)
        {
            Errors.Add($"{key}: '{value}' must be a number, 1..{int.MaxValue}");
            return fallback;
        }

        return count;
    }

    public TimeSpan Seconds(string key, int fallback, int most)
    {
        string text = Text(key, fallback.ToString(CultureInfo.InvariantCulture));
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) || seconds < 1 || seconds > most)
        {
            Errors.Add($"{key}: '{text}' must be a number of seconds, 1..{most}");
        }

        return TimeSpan.FromSeconds(seconds);
    }

    public bool Flag(string key, string value)
    {
        if (!bool.TryParse(value, out bool flag))
        {
            Errors.Add($"{key}: '{value}' must be true or false");
        }

        return flag;
    }

    public int Port(string key, int fallback)
    {
        string value = Text(key, fallback.ToString(CultureInfo.InvariantCulture));
        if (!ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) || port == 0)
        {
            Errors.Add($"{key}: '{value}' must be a port, 1..65535");
        }

        return port;
    }

    public ImmutableArray<ListenAddress> Listen(string key, string fallback, bool guarded)
    {
        ImmutableArray<ListenAddress>.Builder addresses = ImmutableArray.CreateBuilder<ListenAddress>();
        foreach (string text in List(key, fallback))
        {
            if (!ListenAddress.TryParse(text, out ListenAddress? address))
            {
                Errors.Add($"{key}: '{text}' must be ADDRESS:PORT, [ADDRESS]:PORT or unix:/PATH");
            }
            else if (address.EndPoint is { } endPoint && !IPAddress.IsLoopback(endPoint.Address) && !guarded)
            {
                Errors.Add(
                    $"{key}: '{text}' is beyond loopback and would serve anybody: give --api-cert and --api-client-ca or --token-issuer, "
                    + "or pass --insecure true to allow it");
            }
            else
            {
                addresses.Add(address);
            }
        }

        if (addresses.Count == 0 && !Errors.Any(error => error.StartsWith(key + ":", StringComparison.Ordinal)))
        {
            Errors.Add($"{key}: must name at least one address");
        }

        return addresses.ToImmutable();
    }

    public ImmutableArray<IpPrefix> Prefixes(string key, string fallback, int shortestV6)
    {
        ImmutableArray<IpPrefix>.Builder prefixes = ImmutableArray.CreateBuilder<IpPrefix>();
        foreach (string text in List(key, fallback))
        {
            if (!IpPrefix.TryParse(text, null, out IpPrefix prefix))
            {
                Errors.Add($"{key}: '{text}' must be a CIDR without host bits, (e.g. 10.96.0.0/16 or fd00:96::/108)");
            }
            else if (prefix.Family == IpFamily.IPv6 && prefix.Length < shortestV6)
            {
                Errors.Add($"{key}: '{text}': shortest allowed prefix length for service CIDR is {shortestV6}, got {prefix.Length}");
            }
            else if (prefixes.Any(other => other.Family == prefix.Family))
            {
                Errors.Add($"{key}: '{text}': may specify no more than one prefix for each IP family");
            }
            else
            {
                prefixes.Add(prefix);
            }
        }

        return prefixes.ToImmutable();
    }

    /// <summary>Flags that mean nothing are errors: a typing error must not become a default.</summary>
    public void RejectUnknown(ImmutableArray<string> known)
    {
        foreach (IConfigurationSection section in configuration.GetChildren().Where(section => !known.Contains(section.Key)))
        {
            Errors.Add($"{section.Key}: no such option; known are {string.Join(", ", known)}");
        }
    }
}
