using System.Collections.Immutable;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Forwarding.Managed.Tables;

/// <summary>What a Service must be to be programmed.</summary>
internal static class TableRules
{
    /// <summary>Null when the table can be programmed beside the frontends held; else why not.</summary>
    public static string? Refuse(ServiceTable table, IReadOnlyDictionary<FrontendKey, FrontendEntry> held, ImmutableArray<FrontendEntry> own)
    {
        HashSet<FrontendKey> keys = [];
        foreach (Frontend frontend in table.Frontends)
        {
            string name = $"{frontend.Address} {frontend.Protocol}/{frontend.Port}";
            FrontendKey key = FrontendKey.Of(frontend);
            if (frontend.Port == 0)
            {
                return $"{name}: a frontend's port is 1 to 65535";
            }

            if (!keys.Add(key))
            {
                return $"{name} occurs twice";
            }

            if (held.TryGetValue(key, out FrontendEntry? other) && !own.Contains(other))
            {
                return $"{name} belongs to service {other.Service}";
            }

            if (RefusePaths(frontend) is { } cause)
            {
                return $"{name}: {cause}";
            }
        }

        return null;
    }

    private static string? RefusePaths(Frontend frontend)
    {
        foreach (EcmpPath path in frontend.Paths)
        {
            if (path.Address.Family != frontend.Address.Family)
            {
                return $"path {path.Address} is of the other family";
            }

            if (path.Port == 0 || path.Weight == 0 || path.State is < PathState.Active or > PathState.Draining)
            {
                return $"path {path.Address}:{path.Port} has port {path.Port}, weight {path.Weight}, state {path.State}";
            }
        }

        return PathOrder.IsSorted(frontend.Paths.AsSpan()) ? null : "paths are not sorted by address, port and VMI";
    }
}
