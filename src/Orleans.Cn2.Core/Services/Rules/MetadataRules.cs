using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Core.Services.Rules;

/// <summary>Rules for <c>metadata</c>.</summary>
internal static class MetadataRules
{
    private const string TopologyHints = "service.kubernetes.io/topology-aware-hints";
    private const string TopologyMode = "service.kubernetes.io/topology-mode";

    /// <summary>The name may be any DNS label, also one that starts with a digit, as Kubernetes has it since 1.36.</summary>
    public static IEnumerable<FieldViolation> ValidateName(NamespacedName name)
    {
        if (string.IsNullOrEmpty(name.Name))
        {
            yield return FieldViolation.Required("metadata.name", "name or generateName is required");
        }
        else
        {
            foreach (string fault in NameSyntax.DnsLabel(name.Name))
            {
                yield return FieldViolation.Invalid("metadata.name", name.Name, fault);
            }
        }

        if (string.IsNullOrEmpty(name.Namespace))
        {
            yield return FieldViolation.Required("metadata.namespace");
        }
        else
        {
            foreach (string fault in NameSyntax.DnsLabel(name.Namespace))
            {
                yield return FieldViolation.Invalid("metadata.namespace", name.Namespace, fault);
            }
        }
    }

    /// <summary>Syntax of labels and annotations.</summary>
    public static IEnumerable<FieldViolation> ValidateAttached(ServiceManifest manifest) =>
        LabelSyntax.Validate(manifest.Labels, "metadata.labels")
            .Concat(LabelSyntax.ValidateAnnotations(manifest.Annotations, "metadata.annotations"));

    /// <summary>The two annotations that mean the same, an old and a new name, must not disagree.</summary>
    public static IEnumerable<FieldViolation> ValidateTopologyAnnotations(LabelSet annotations)
    {
        if (annotations.TryGetValue(TopologyMode, out string? mode)
            && annotations.TryGetValue(TopologyHints, out string? hints) && mode != hints)
        {
            yield return FieldViolation.Invalid(
                $"metadata.annotations[{TopologyMode}]", mode, $"must match annotations[{TopologyHints}] when both are specified");
        }
    }
}
