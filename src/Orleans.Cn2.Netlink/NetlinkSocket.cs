using System.Runtime.InteropServices;

namespace Orleans.Cn2.Netlink;

/// <summary>Makes a value of a message, or null to pass it over.</summary>
internal delegate T? MessageReader<T>(scoped NetlinkMessage message)
    where T : class;

/// <summary>
/// A request socket. The kernel works a request off inside <c>send</c> and a dump inside <c>recv</c>, so calls are
/// synchronous and never wait for another party. Safe for use from several threads; they take turns.
/// </summary>
internal sealed class NetlinkSocket : IDisposable
{
    /// <summary>A dump is cut into datagrams of at most 32 KiB (NLMSG_GOODSIZE of the largest read); twice that never truncates.</summary>
    private const int ReceiveBufferSize = 64 * 1024;

    private const int MaxDumpAttempts = 16;

    private readonly NetlinkSocketHandle _handle;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(ReceiveBufferSize);
    private readonly Lock _turn = new();
    private uint _sequence;

    private NetlinkSocket(NetlinkSocketHandle handle) => _handle = handle;

    /// <summary>Opens a socket in the network namespace of the calling thread.</summary>
    internal static NetlinkSocket Open(NetlinkProtocol protocol)
    {
        NetlinkSocketHandle handle = OpenHandle(protocol);
        try
        {
            SetOption(handle, LibC.NetlinkExtendedAck);
            SetOption(handle, LibC.NetlinkCapAck);
            if (protocol == NetlinkProtocol.Route)
            {
                SetOption(handle, LibC.NetlinkStrictCheck);
            }

            return new NetlinkSocket(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    internal static NetlinkSocketHandle OpenHandle(NetlinkProtocol protocol)
    {
        NetlinkSocketHandle handle = LibC.OpenSocket(LibC.AfNetlink, LibC.SockRaw | LibC.SockCloseOnExec, (int)protocol);
        if (handle.IsInvalid)
        {
            throw Failure($"socket(AF_NETLINK, {protocol})");
        }

        NetlinkEndpoint any = new() { Family = LibC.AfNetlink };
        if (LibC.Bind(handle, any, NetlinkEndpoint.Size) < 0)
        {
            NetlinkException failure = Failure($"bind(AF_NETLINK, {protocol})");
            handle.Dispose();
            throw failure;
        }

        return handle;
    }

    internal static NetlinkException Failure(string operation) => new(operation, Marshal.GetLastPInvokeError(), null);

    /// <summary>Sends a change and waits for its ack.</summary>
    /// <exception cref="NetlinkException">The kernel refused it.</exception>
    internal void Execute(string operation, NetlinkRequest request) => Query<object>(operation, request, null);

    /// <summary>Sends a query and returns what <paramref name="read"/> made of the answer; a dump torn by a change is taken again.</summary>
    /// <exception cref="NetlinkException">The kernel refused it.</exception>
    internal List<T> Query<T>(string operation, NetlinkRequest request, MessageReader<T>? read)
        where T : class
    {
        lock (_turn)
        {
            for (int attempt = 0; attempt < MaxDumpAttempts; attempt++)
            {
                uint sequence = ++_sequence;
                ReadOnlySpan<byte> bytes = request.Seal(sequence);
                if (LibC.Send(_handle, bytes, bytes.Length, 0) != bytes.Length)
                {
                    throw Failure(operation);
                }

                List<T> answers = [];
                if (Collect(operation, sequence, read, answers))
                {
                    return answers;
                }
            }
        }

        throw new NetlinkException(operation, $"the table kept changing during {MaxDumpAttempts} dumps");
    }

    public void Dispose() => _handle.Dispose();

    /// <summary>Reads until the ack or the end of the dump; false when the dump was torn (NLM_F_DUMP_INTR).</summary>
    private bool Collect<T>(string operation, uint sequence, MessageReader<T>? read, List<T> answers)
        where T : class
    {
        bool whole = true;
        while (true)
        {
            ReadOnlySpan<byte> datagram = ReceiveFromKernel(operation);
            while (NetlinkMessage.TryTake(ref datagram, out NetlinkMessage message))
            {
                // An answer to an earlier request that failed half-way is still in the queue: not ours.
                if (message.Sequence != sequence)
                {
                    continue;
                }

                whole &= !message.Flags.HasFlag(NetlinkFlags.DumpInterrupted) || message.Type == MessageType.Error;
                switch (message.Type)
                {
                    case MessageType.Error or MessageType.Done:
                        int errno = message.ReadOutcome(out string? text);
                        return errno == 0 ? whole : throw new NetlinkException(operation, errno, text);
                    case MessageType.Overrun:
                        throw new NetlinkException(operation, "the kernel reports lost data");
                    default:
                        if (read?.Invoke(message) is { } answer)
                        {
                            answers.Add(answer);
                        }

                        break;
                }
            }
        }
    }

    private ReadOnlySpan<byte> ReceiveFromKernel(string operation)
    {
        while (true)
        {
            int senderLength = NetlinkEndpoint.Size;
            nint received = LibC.Receive(
                _handle, _buffer, _buffer.Length, LibC.MsgTruncate, out NetlinkEndpoint sender, ref senderLength);
            if (received < 0)
            {
                if (Marshal.GetLastPInvokeError() == LibC.Interrupted)
                {
                    continue;
                }

                throw Failure(operation);
            }

            if (received > _buffer.Length)
            {
                throw new NetlinkException(operation, $"an answer of {received} bytes exceeds the buffer of {_buffer.Length}");
            }

            // Other processes may write to this socket too; only port 0 is the kernel.
            if (sender.Port == 0)
            {
                return _buffer.AsSpan(0, (int)received);
            }
        }
    }

    private static void SetOption(NetlinkSocketHandle handle, int option)
    {
        if (LibC.SetOption(handle, LibC.SolNetlink, option, 1, sizeof(int)) < 0)
        {
            throw Failure($"setsockopt(SOL_NETLINK, {option})");
        }
    }
}
