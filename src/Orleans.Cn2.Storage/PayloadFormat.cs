namespace Orleans.Cn2.Storage;

/// <summary>Which serializer wrote a row; stored with it, so values are never changed.</summary>
internal enum PayloadFormat
{
    /// <summary>Orleans' binary serializer: fields by number, unknown ones skipped, missing ones defaulted.</summary>
    OrleansBinary = 1,

    /// <summary>The serializer given in <see cref="EmbeddedStorageOptions.Serializer"/>.</summary>
    Custom = 2,
}
