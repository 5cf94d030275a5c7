using Orleans.Cn2.Forwarding.Ebpf.Native;

namespace Orleans.Cn2.Bench.Datapath.Traffic;

/// <summary>Drops all that arrives at an interface, at its TCX ingress hook: where a measured packet's way ends.</summary>
internal sealed class DropHook : IDisposable
{
    private const int TcxDrop = 2;
    private readonly BpfHandle _program;
    private readonly BpfHandle _link;

    /// <summary>Attaches in the namespace of the calling thread.</summary>
    public DropHook(int interfaceIndex)
    {
        _program = new BpfAssembler().Set(0, TcxDrop).Exit().LoadTrafficControl("cn2_sink");
        _link = BpfCalls.AttachTcx(_program, interfaceIndex, BpfAttachType.TcxIngress);
    }

    public void Dispose()
    {
        _link.Dispose();
        _program.Dispose();
    }
}
