using System.Runtime.InteropServices;
using System.Text;

namespace Orleans.Cn2.Forwarding.Ebpf.Native;

/// <summary>bpf(2), one method a command: an attribute in, a descriptor or a result out, <see cref="BpfException"/> on refusal.</summary>
internal static unsafe class BpfCalls
{
    private const int NameLength = 15;
    private const int LogSize = 4 << 20;
    private const int MostMaps = 64;
    private static ReadOnlySpan<byte> License => "Dual BSD/GPL\0"u8;

    internal static int Invoke<T>(BpfCommand command, ref T attribute)
        where T : unmanaged
    {
        fixed (T* pointer = &attribute)
        {
            return LinuxCalls.Bpf((int)command, pointer, sizeof(T));
        }
    }

    internal static BpfHandle CreateMap(MapSpec spec)
    {
        MapCreateAttribute attribute = new()
        {
            Type = (uint)spec.Type,
            KeySize = (uint)spec.KeySize,
            ValueSize = (uint)spec.ValueSize,
            MaxEntries = spec.Capacity,
            Flags = (uint)spec.Flags,
        };
        CopyName(spec.Name, attribute.Name);
        int descriptor = Invoke(BpfCommand.MapCreate, ref attribute);
        return descriptor >= 0 ? new BpfHandle(descriptor) : throw BpfException.Last("BPF_MAP_CREATE", spec.ToString());
    }

    internal static BpfHandle LoadProgram(string name, BpfProgramType type, ReadOnlySpan<byte> instructions)
    {
        int descriptor = LoadProgram(name, type, instructions, log: null);
        if (descriptor >= 0)
        {
            return new BpfHandle(descriptor);
        }

        // Again with a log: it costs memory and time, so the first try goes without.
        int errno = Marshal.GetLastPInvokeError();
        byte[] log = new byte[LogSize];
        descriptor = LoadProgram(name, type, instructions, log);
        if (descriptor >= 0)
        {
            return new BpfHandle(descriptor);
        }

        int end = Array.IndexOf(log, (byte)0);
        throw new BpfException("BPF_PROG_LOAD", name, errno, Encoding.UTF8.GetString(log, 0, end < 0 ? log.Length : end));
    }

    private static int LoadProgram(string name, BpfProgramType type, ReadOnlySpan<byte> instructions, byte[]? log)
    {
        const uint sleepable = 1 << 4;
        fixed (byte* code = instructions, license = License, text = log)
        {
            ProgramLoadAttribute attribute = new()
            {
                Type = (uint)type,
                InstructionCount = (uint)(instructions.Length / 8),
                Instructions = code,
                License = license,
                Flags = type == BpfProgramType.Syscall ? sleepable : 0,
                LogLevel = log is null ? 0u : 1u,
                LogSize = (uint)(log?.Length ?? 0),
                Log = text,
            };
            CopyName(name, attribute.Name);
            return Invoke(BpfCommand.ProgramLoad, ref attribute);
        }
    }

    internal static BpfHandle AttachTcx(BpfHandle program, int interfaceIndex, BpfAttachType hook)
    {
        LinkCreateAttribute attribute = new()
        {
            Program = (uint)program.Descriptor,
            TargetInterface = (uint)interfaceIndex,
            AttachType = (uint)hook,
        };
        int descriptor = Invoke(BpfCommand.LinkCreate, ref attribute);
        return descriptor >= 0
            ? new BpfHandle(descriptor)
            : throw BpfException.Last("BPF_LINK_CREATE", $"{hook} of interface {interfaceIndex}");
    }

    internal static void UpdateLink(BpfHandle link, BpfHandle program)
    {
        LinkUpdateAttribute attribute = new() { Link = (uint)link.Descriptor, NewProgram = (uint)program.Descriptor };
        if (Invoke(BpfCommand.LinkUpdate, ref attribute) < 0)
        {
            throw BpfException.Last("BPF_LINK_UPDATE", "tcx link");
        }
    }

    internal static void DetachLink(BpfHandle link)
    {
        uint descriptor = (uint)link.Descriptor;
        if (Invoke(BpfCommand.LinkDetach, ref descriptor) < 0)
        {
            throw BpfException.Last("BPF_LINK_DETACH", "tcx link");
        }
    }

    internal static void Pin(BpfHandle target, string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            ObjectAttribute attribute = new() { Path = name, Descriptor = (uint)target.Descriptor };
            if (Invoke(BpfCommand.ObjectPin, ref attribute) < 0)
            {
                throw BpfException.Last("BPF_OBJ_PIN", path);
            }
        }
    }

    /// <summary>Opens a pin; null when there is none of that name.</summary>
    internal static BpfHandle? OpenPin(string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            ObjectAttribute attribute = new() { Path = name };
            int descriptor = Invoke(BpfCommand.ObjectGet, ref attribute);
            if (descriptor >= 0)
            {
                return new BpfHandle(descriptor);
            }

            return Marshal.GetLastPInvokeError() == LinuxCalls.NoEntry ? null : throw BpfException.Last("BPF_OBJ_GET", path);
        }
    }

    /// <summary>Fills the kernel's description of an object as far as <typeparamref name="T"/> reaches.</summary>
    internal static T GetInfo<T>(BpfHandle target)
        where T : unmanaged
    {
        T info = default;
        ObjectInfoAttribute attribute = new() { Descriptor = (uint)target.Descriptor, InfoLength = (uint)sizeof(T), Info = &info };
        return Invoke(BpfCommand.ObjectInfo, ref attribute) < 0 ? throw BpfException.Last("BPF_OBJ_GET_INFO_BY_FD", typeof(T).Name) : info;
    }

    /// <summary>Ids of the maps that a program refers to.</summary>
    internal static uint[] GetMapIds(BpfHandle program)
    {
        uint[] ids = new uint[MostMaps];
        fixed (uint* first = ids)
        {
            ProgramInfo info = new() { MapCount = MostMaps, MapIds = (ulong)first };
            ObjectInfoAttribute attribute = new() { Descriptor = (uint)program.Descriptor, InfoLength = (uint)sizeof(ProgramInfo), Info = &info };
            return Invoke(BpfCommand.ObjectInfo, ref attribute) < 0
                ? throw BpfException.Last("BPF_OBJ_GET_INFO_BY_FD", nameof(ProgramInfo))
                : ids[..(int)Math.Min(info.MapCount, MostMaps)];
        }
    }

    private static void CopyName(string name, byte* destination)
    {
        for (int i = 0; i < name.Length && i < NameLength; i++)
        {
            destination[i] = (byte)name[i];
        }
    }
}

/// <summary>struct bpf_map_info, its start.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MapInfo
{
    internal uint Type;
    internal uint Id;
    internal uint KeySize;
    internal uint ValueSize;
    internal uint MaxEntries;
    internal uint Flags;
}

/// <summary>struct bpf_prog_info, what is read of it.</summary>
[StructLayout(LayoutKind.Explicit, Size = 224)]
internal struct ProgramInfo
{
    [FieldOffset(4)]
    internal uint Id;

    /// <summary>Maps that it refers to; given in, how many ids have room behind <see cref="MapIds"/>.</summary>
    [FieldOffset(52)]
    internal uint MapCount;

    /// <summary>Where the kernel writes their ids.</summary>
    [FieldOffset(56)]
    internal ulong MapIds;

    /// <summary>Instructions that the verifier walked through; it gives up at 1,000,000.</summary>
    [FieldOffset(216)]
    internal uint VerifiedInstructions;
}

/// <summary>struct bpf_link_info of a TCX link.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TcxLinkInfo
{
    internal uint Type;
    internal uint Id;
    internal uint ProgramId;
    internal uint Padding;
    internal uint InterfaceIndex;
    internal uint AttachType;
}
