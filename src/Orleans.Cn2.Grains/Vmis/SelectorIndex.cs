using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Grains.Vmis;

/// <summary>
/// Which Services a VMI concerns. A selector is filed under its first label, so that a change looks only at selectors that ask for a label the VMI has.
/// </summary>
internal sealed class SelectorIndex
{
    private readonly Dictionary<NamespacedName, SelectRequest> _requests = [];
    private readonly ManyIndex<(string Key, string Value), NamespacedName> _byLabel = new();
    private readonly ManyIndex<ulong, NamespacedName> _byKnown = new();
    private readonly HashSet<NamespacedName> _silent = [];

    /// <summary>All subscribed Services.</summary>
    public IReadOnlyCollection<NamespacedName> Services => _requests.Keys;

    /// <summary>True when there is no Service to tell.</summary>
    public bool IsEmpty => _requests.Count + _silent.Count == 0;

    /// <summary>True when the Service is subscribed.</summary>
    public bool Has(NamespacedName service) => _requests.ContainsKey(service);

    /// <summary>Notes a Service that does not say what it selects: every VMI may concern it, until it is subscribed or removed.</summary>
    public void SetSilent(NamespacedName service)
    {
        if (!Has(service))
        {
            _silent.Add(service);
        }
    }

    /// <summary>Files a subscription in place of the Service's former one.</summary>
    public void Set(SelectRequest request)
    {
        Remove(request.Service);
        _requests[request.Service] = request;
        if (request.Selector.Count > 0)
        {
            _byLabel.Add(Label(request), request.Service);
        }

        foreach (ulong vmi in request.Known)
        {
            _byKnown.Add(vmi, request.Service);
        }
    }

    /// <summary>Ends a subscription.</summary>
    public void Remove(NamespacedName service)
    {
        _silent.Remove(service);
        if (!_requests.Remove(service, out SelectRequest? former))
        {
            return;
        }

        if (former.Selector.Count > 0)
        {
            _byLabel.Remove(Label(former), service);
        }

        foreach (ulong vmi in former.Known)
        {
            _byKnown.Remove(vmi, service);
        }
    }

    /// <summary>True when the Service's selector matches these labels.</summary>
    public static bool Matches(LabelSet selector, LabelSet labels)
    {
        foreach ((string key, string value) in selector)
        {
            if (!labels.TryGetValue(key, out string? own) || own != value)
            {
                return false;
            }
        }

        return selector.Count > 0;
    }

    /// <summary>Services that select a VMI, or have it as a path, or do not say.</summary>
    public void Concerned(Vmi vmi, HashSet<NamespacedName> into)
    {
        foreach ((string key, string value) in vmi.Labels)
        {
            into.UnionWith(_byLabel[(key, value)].Where(service => Matches(_requests[service].Selector, vmi.Labels)));
        }

        into.UnionWith(_byKnown[vmi.TableId]);
        into.UnionWith(_silent);
    }

    private static (string Key, string Value) Label(SelectRequest request)
    {
        (string key, string value) = request.Selector.First();
        return (key, value);
    }
}
