using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Cli.Check.Simulated;

/// <summary>
/// The rules of the control plane without its actors: admission, addresses, back ends and tables are those of the product; what is missing is durability,
/// distribution and the way between them.
/// </summary>
internal sealed class SimulatedControlPlane(IReadOnlyList<IpPrefix> serviceCidrs, Random random)
{
    private readonly Dictionary<IpFamily, AddressPool> _pools = serviceCidrs.ToDictionary(prefix => prefix.Family, prefix => new AddressPool(prefix));
    private readonly Dictionary<NamespacedName, Held> _services = [];
    private readonly List<Vmi> _vmis = [];

    /// <summary>The Services as compiled last.</summary>
    public IEnumerable<ServiceEntry> Entries => _services.Values.Select(service => service.Entry);

    /// <summary>Addresses that are leased.</summary>
    public int Leased => _pools.Values.Sum(pool => pool.Leased);

    /// <summary>All VMIs.</summary>
    public IReadOnlyList<Vmi> Vmis => _vmis;

    /// <summary>Creates a Service.</summary>
    /// <exception cref="CommandException">It is refused; in Kubernetes' words.</exception>
    public AdmittedService Create(ServiceManifest manifest)
    {
        AdmissionOutcome<AdmissionPlan> prepared = Admission.Prepare(manifest, null, ServiceCluster.Of(serviceCidrs));
        AdmissionPlan plan = prepared.Value ?? throw Refused(manifest.Name, prepared.Violations);
        List<(Guid Claim, IpAddress Address)> leases = [];
        foreach (ClusterIPClaim claim in plan.Claims)
        {
            Lease lease = new(Guid.NewGuid(), manifest.Uid ?? Guid.Empty, manifest.Name, "ClusterIP", DateTimeOffset.UtcNow);
            AddressPool pool = _pools[claim.Family];
            ClaimResult result = claim.Address is { } asked ? pool.Claim(lease, asked) : pool.ClaimAny(lease, (ulong)random.NextInt64());
            leases.Add(result.Granted ? (lease.ClaimId, result.Address) : throw Refused(manifest.Name, [Admission.Refused(plan, claim, result.Refusal)]));
        }

        AdmissionOutcome<AdmittedService> completed = Admission.Complete(plan, [.. leases.Select(lease => lease.Address)]);
        AdmittedService service = completed.Value ?? throw Refused(manifest.Name, completed.Violations);
        ServiceEntry entry = EntryBuilder.Build(service, Guid.NewGuid(), 1, Of(manifest.Name.Namespace), null);
        _services[manifest.Name] = new Held(entry, service, leases);
        return service;
    }

    /// <summary>Deletes a Service and gives its addresses back.</summary>
    public void Delete(NamespacedName name)
    {
        if (_services.Remove(name, out Held? service))
        {
            foreach ((Guid claim, IpAddress address) in service.Leases)
            {
                _pools[address.Family].Release(claim, address, null);
            }
        }
    }

    /// <summary>Replaces the VMIs and compiles what they concern.</summary>
    public void SetVmis(IEnumerable<Vmi> vmis)
    {
        _vmis.Clear();
        _vmis.AddRange(vmis);
        foreach (NamespacedName name in _services.Keys.ToArray())
        {
            Held service = _services[name];
            ServiceEntry next = EntryBuilder.Build(service.Service, service.Entry.Uid, service.Entry.Generation + 1, Of(name.Namespace), service.Entry);
            _services[name] = service with { Entry = next };
        }
    }

    private IEnumerable<Vmi> Of(string ns) => _vmis.Where(vmi => vmi.Name.Namespace == ns);

    private static CommandException Refused(NamespacedName name, IReadOnlyCollection<Core.Validation.FieldViolation> violations) =>
        new(ExitCodes.Refused, Admission.Describe(name.Name, violations));

    private sealed record Held(ServiceEntry Entry, AdmittedService Service, List<(Guid Claim, IpAddress Address)> Leases);
}
