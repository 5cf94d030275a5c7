namespace Orleans.Cn2.Lab.Manifests;

internal static class ManifestMapper
{
    public static ManifestSet Map(IEnumerable<ManifestDocument> documents) => throw new NotSupportedException();
}
