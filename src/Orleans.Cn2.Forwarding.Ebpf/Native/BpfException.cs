using System.Runtime.InteropServices;

namespace Orleans.Cn2.Forwarding.Ebpf.Native;

/// <summary>A refused bpf(2) or related call: which one, on what, errno, and the verifier's log where there is one.</summary>
internal sealed class BpfException(string call, string target, int errno, string log = "")
    : IOException($"{call} {target}: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})" + (log.Length == 0 ? "" : Environment.NewLine + log))
{
    /// <summary>The error number.</summary>
    public int Errno { get; } = errno;

    /// <summary>The verifier's log; empty without one.</summary>
    public string VerifierLog { get; } = log;

    internal static BpfException Last(string call, string target, string log = "") => new(call, target, Marshal.GetLastPInvokeError(), log);
}
