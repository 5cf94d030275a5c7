using Orleans.Cn2.Forwarding.Ebpf.Native;

namespace Orleans.Cn2.Forwarding.Ebpf.Attach;

/// <summary>Puts programs onto interfaces of one network namespace and keeps them there.</summary>
internal interface IHookAttacher : IDisposable
{
    /// <summary>
    /// Attaches a program, taking over what an earlier process left in this place, or puts right what others did to its attachment.
    /// </summary>
    /// <returns>What was wrong with an attachment that this process had made; null when nothing was.</returns>
    /// <exception cref="IOException">The kernel refuses, for instance because the interface is gone.</exception>
    string? Ensure(HookPlace place, BpfHandle program, uint programId);

    /// <summary>Takes the program off, or forgets it where the interface is gone.</summary>
    void Detach(HookPlace place);

    /// <summary>Takes off what earlier processes attached elsewhere, or in another way.</summary>
    void RemoveOthers(IReadOnlyCollection<HookPlace> kept);
}
