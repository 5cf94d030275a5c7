namespace Orleans.Cn2.Lab;

/// <summary>The lab can't do what was asked; the message says what, where and why, for a person.</summary>
public sealed class LabException : Exception
{
    /// <summary>An error with its text.</summary>
    public LabException(string message) : base(message)
    {
    }

    /// <summary>An error with its text and cause.</summary>
    public LabException(string message, Exception inner) : base(message, inner)
    {
    }
}
