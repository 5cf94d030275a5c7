namespace Orleans.Cn2.Netlink;

/// <summary>One message of a datagram: a view of nlmsghdr and what follows, valid as long as the buffer.</summary>
internal readonly ref struct NetlinkMessage
{
    internal const int HeaderSize = 16;

    private readonly ReadOnlySpan<byte> _bytes;

    private NetlinkMessage(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    internal ushort Type => BitConverter.ToUInt16(_bytes[4..]);

    internal NetlinkFlags Flags => (NetlinkFlags)BitConverter.ToUInt16(_bytes[6..]);

    internal uint Sequence => BitConverter.ToUInt32(_bytes[8..]);

    internal ReadOnlySpan<byte> Payload => _bytes[HeaderSize..];

    /// <summary>The attributes behind a family header of <paramref name="headerSize"/> bytes.</summary>
    internal NetlinkAttributes Attributes(int headerSize) => new(Payload[Math.Min(headerSize, Payload.Length)..]);

    /// <summary>Takes the first message off <paramref name="datagram"/>; false at its end or where it is malformed.</summary>
    internal static bool TryTake(ref ReadOnlySpan<byte> datagram, out NetlinkMessage message)
    {
        message = default;
        if (datagram.Length < HeaderSize)
        {
            return false;
        }

        uint length = BitConverter.ToUInt32(datagram);
        if (length < HeaderSize || length > datagram.Length)
        {
            return false;
        }

        message = new NetlinkMessage(datagram[..(int)length]);
        datagram = datagram[Math.Min(((int)length + 3) & ~3, datagram.Length)..];
        return true;
    }

    /// <summary>
    /// Reads the outcome that NLMSG_ERROR and NLMSG_DONE carry: errno as a positive number (0 = success) and the
    /// kernel's text from the extended ack.
    /// </summary>
    internal int ReadOutcome(out string? kernelText)
    {
        const ushort textAttribute = 1;
        kernelText = null;
        if (Payload.Length < sizeof(int))
        {
            return 0;
        }

        if (Flags.HasFlag(AckFlags.Attributes))
        {
            int skip = sizeof(int);
            if (Type == MessageType.Error && Payload.Length >= sizeof(int) + HeaderSize)
            {
                int echoed = BitConverter.ToInt32(Payload[sizeof(int)..]);
                skip += Flags.HasFlag(AckFlags.Capped) ? HeaderSize : (echoed + 3) & ~3;
            }

            foreach (NetlinkAttribute attribute in Attributes(skip))
            {
                if (attribute.Type == textAttribute)
                {
                    kernelText = attribute.AsString();
                }
            }
        }

        return -BitConverter.ToInt32(Payload);
    }
}
