using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Core.Services.Rules;

/// <summary>The last look at a Service, addresses included: all rules in the order in which messages list them.</summary>
internal static class FinalValidation
{
    /// <summary>All violations of a Service to be created (<paramref name="old"/> absent) or updated.</summary>
    public static IEnumerable<FieldViolation> Validate(ServiceManifest manifest, ServiceSpec? old)
    {
        ServiceSpec spec = manifest.Spec;
        IEnumerable<FieldViolation> metadata = MetadataRules.ValidateAttached(manifest);
        return (old is null ? MetadataRules.ValidateName(manifest.Name).Concat(metadata) : metadata)
            .Concat(old is null ? [] : ImmutabilityRules.Validate(spec, old))
            .Concat(MetadataRules.ValidateTopologyAnnotations(manifest.Annotations))
            .Concat(PortRules.ValidatePresence(spec))
            .Concat(TypeRules.ValidateFieldsOfType(spec))
            .Concat(PortRules.ValidateEach(spec))
            .Concat(spec.Selector is null ? [] : LabelSyntax.Validate(spec.Selector, "spec.selector"))
            .Concat(AffinityRules.Validate(spec))
            .Concat(ClusterIPRules.Validate(spec))
            .Concat(ExternalAddressRules.Validate(spec))
            .Concat(TypeRules.ValidateType(spec))
            .Concat(NodePortRules.Validate(spec))
            .Concat(PortRules.ValidateUnique(spec))
            .Concat(TrafficRules.Validate(spec));
    }
}
