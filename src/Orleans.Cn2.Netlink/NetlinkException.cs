using System.Runtime.InteropServices;

namespace Orleans.Cn2.Netlink;

/// <summary>The kernel refused a netlink request, or the socket failed.</summary>
public sealed class NetlinkException : IOException
{
    /// <summary>An error of <paramref name="operation"/> with the kernel's errno and, if it gave one, its extended ack text.</summary>
    public NetlinkException(string operation, int errno, string? kernelText)
        : base(Describe(operation, errno, kernelText))
    {
        Operation = operation;
        Errno = errno;
        KernelText = kernelText;
    }

    /// <summary>A failure that has no errno, such as an answer that breaks the protocol.</summary>
    public NetlinkException(string operation, string failure)
        : base($"{operation}: {failure}") => Operation = operation;

    /// <summary>What was asked, with its object, e.g. <c>RTM_NEWLINK cn2s0</c>.</summary>
    public string Operation { get; }

    /// <summary>The errno as a positive number; 0 where the failure has none.</summary>
    public int Errno { get; }

    /// <summary>The kernel's own words (NLMSGERR_ATTR_MSG), if any.</summary>
    public string? KernelText { get; }

    private static string Describe(string operation, int errno, string? kernelText)
    {
        string text = $"{operation}: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})";
        return kernelText is null ? text : $"{text}: {kernelText}";
    }
}
