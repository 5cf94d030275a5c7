namespace Orleans.Cn2.Forwarding;

/// <summary>An engine cannot forward here: what is missing is said in the message (privilege, kernel version, a mount).</summary>
public sealed class ForwardingUnavailableException : Exception
{
    public ForwardingUnavailableException(string message)
        : base(message)
    {
    }

    public ForwardingUnavailableException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
