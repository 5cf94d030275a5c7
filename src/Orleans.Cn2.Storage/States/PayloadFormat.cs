namespace Orleans.Cn2.Storage.States;

/// <summary>Which serializer wrote a row; stored with it, so values are never changed, and a row of one that is not known is refused rather than misread.</summary>
internal enum PayloadFormat
{
    /// <summary>Orleans' binary serializer: fields by number, unknown ones skipped, missing ones defaulted.</summary>
    OrleansBinary = 1,
}
