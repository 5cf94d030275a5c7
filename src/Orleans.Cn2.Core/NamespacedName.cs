namespace Orleans.Cn2.Core;

/// <summary>Name of a namespaced object, written <c>namespace/name</c>.</summary>
[GenerateSerializer, Immutable]
public readonly record struct NamespacedName([property: Id(0)] string Namespace, [property: Id(1)] string Name)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Namespace}/{Name}";

    /// <summary>Parses <c>namespace/name</c>.</summary>
    /// <exception cref="FormatException">There is not exactly one slash with text on both sides.</exception>
    public static NamespacedName Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split('/');
        return parts is [{ Length: > 0 } ns, { Length: > 0 } name]
            ? new(ns, name)
            : throw new FormatException($"'{text}' is not of the form namespace/name");
    }
}
