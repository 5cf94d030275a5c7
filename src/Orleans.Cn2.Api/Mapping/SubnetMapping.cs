using Google.Protobuf.WellKnownTypes;
using Orleans.Cn2.Api.Errors;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Labels;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Mapping;

/// <summary>Subnets and leases.</summary>
internal static class SubnetMapping
{
    /// <exception cref="FieldException">A CIDR or the purpose can't be read.</exception>
    public static SubnetSpec ToSpec(Proto.Subnet subnet) => new(
        [.. subnet.Cidrs.Select((text, index) => IpPrefix.TryParse(text, null, out IpPrefix prefix)
            ? prefix
            : throw new FieldException(
                $"cidrs[{index}]", $"Invalid value: \"{text}\": must be a canonical CIDR, (e.g. 10.9.8.0/24 or 2001:db8::/64)"))],
        subnet.Purpose switch
        {
            "" or "service" => SubnetPurpose.Service,
            "pod" => SubnetPurpose.Pod,
            "external" => SubnetPurpose.External,
            _ => throw new FieldException(
                "purpose", $"Unsupported value: \"{subnet.Purpose}\": supported values: \"external\", \"pod\", \"service\""),
        });

    public static Proto.Subnet ToProto(SubnetView view)
    {
        Proto.Subnet subnet = new()
        {
            Metadata = ServiceMapping.ToMetadata("", view.Name, view.Uid, view.ResourceVersion, view.CreatedAt, LabelSet.Empty, LabelSet.Empty),
            Purpose = view.Spec.Purpose.ToString().ToLowerInvariant(),
        };
        subnet.Cidrs.AddRange(view.Spec.Prefixes.Select(prefix => prefix.ToString()));
        subnet.Usage.AddRange(view.Usage.Select(usage => new Proto.SubnetUsage
        {
            Family = usage.Prefix.Family.ToString(),
            Cidr = usage.Prefix.ToString(),
            Capacity = usage.Capacity,
            Allocated = usage.Allocated,
            Quarantined = usage.Quarantined,
        }));
        return subnet;
    }

    public static Proto.Lease ToProto(LeaseView lease) => new()
    {
        Address = lease.Address.ToString(),
        OwnerUid = lease.OwnerUid.ToString(),
        Owner = lease.Owner.ToString(),
        Since = lease.Since.ToTimestamp(),
        Quarantine = lease.WaitsFor is null
            ? ""
            : $"waits for every registered vRouter to hold shards {string.Join(", ", lease.WaitsFor.Shards.Select(mark => $"{mark.Shard}@{mark.Version}"))}",
    };
}
