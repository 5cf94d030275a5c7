namespace Orleans.Cn2.Core.Validation;

/// <summary>Why a field was refused, as Kubernetes' field error types; the text form starts the message.</summary>
public enum ViolationType
{
    /// <summary><c>Required value</c>: the field is missing.</summary>
    Required,

    /// <summary><c>Duplicate value</c>: the value must be unique and is not.</summary>
    Duplicate,

    /// <summary><c>Invalid value</c>: malformed, or in conflict with another field.</summary>
    Invalid,

    /// <summary><c>Unsupported value</c>: not one of the listed values.</summary>
    NotSupported,

    /// <summary><c>Forbidden</c>: may not be given under these conditions.</summary>
    Forbidden,

    /// <summary><c>Too long</c>: more bytes than allowed.</summary>
    TooLong,
}
