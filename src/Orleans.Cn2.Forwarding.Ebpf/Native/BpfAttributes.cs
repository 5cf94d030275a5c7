using System.Runtime.InteropServices;

namespace Orleans.Cn2.Forwarding.Ebpf.Native;

/// <summary>Commands of bpf(2), include/uapi/linux/bpf.h.</summary>
internal enum BpfCommand
{
    MapCreate = 0,
    MapLookup = 1,
    MapUpdate = 2,
    MapDelete = 3,
    MapNextKey = 4,
    ProgramLoad = 5,
    ObjectPin = 6,
    ObjectGet = 7,
    ProgramTestRun = 10,
    ObjectInfo = 15,
    MapLookupBatch = 24,
    MapUpdateBatch = 26,
    LinkCreate = 28,
    LinkUpdate = 29,
    LinkDetach = 34,
}

/// <summary>Kinds of map, enum bpf_map_type.</summary>
internal enum BpfMapType : uint
{
    Hash = 1,
    Array = 2,
    ProgramArray = 3,
    PerCpuArray = 6,
    LruHash = 9,
}

/// <summary>Kinds of program, enum bpf_prog_type.</summary>
internal enum BpfProgramType : uint
{
    TrafficControl = 3,
    Syscall = 31,
}

/// <summary>Where a program is attached, enum bpf_attach_type.</summary>
internal enum BpfAttachType : uint
{
    TcxIngress = 46,
    TcxEgress = 47,
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MapCreateAttribute
{
    internal uint Type;
    internal uint KeySize;
    internal uint ValueSize;
    internal uint MaxEntries;
    internal uint Flags;
    internal uint InnerMap;
    internal uint NumaNode;
    internal fixed byte Name[16];
    internal uint Interface;
    internal uint Btf;
    internal uint BtfKey;
    internal uint BtfValue;
    internal uint BtfVmlinux;
    internal uint Padding;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MapElementAttribute
{
    internal uint Map;
    internal uint Padding;
    internal void* Key;
    internal void* Value;
    internal ulong Flags;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MapBatchAttribute
{
    internal void* InBatch;
    internal void* OutBatch;
    internal void* Keys;
    internal void* Values;
    internal uint Count;
    internal uint Map;
    internal ulong ElementFlags;
    internal ulong Flags;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ProgramLoadAttribute
{
    internal uint Type;
    internal uint InstructionCount;
    internal void* Instructions;
    internal void* License;
    internal uint LogLevel;
    internal uint LogSize;
    internal void* Log;
    internal uint KernelVersion;
    internal uint Flags;
    internal fixed byte Name[16];
    internal uint Interface;
    internal uint ExpectedAttachType;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ObjectAttribute
{
    internal void* Path;
    internal uint Descriptor;
    internal uint Flags;
}

[StructLayout(LayoutKind.Sequential)]
internal struct LinkCreateAttribute
{
    internal uint Program;
    internal uint TargetInterface;
    internal uint AttachType;
    internal uint Flags;
    internal uint RelativeDescriptor;
    internal uint Padding;
    internal ulong ExpectedRevision;
    internal ulong Reserved0;
    internal ulong Reserved1;
}

[StructLayout(LayoutKind.Sequential)]
internal struct LinkUpdateAttribute
{
    internal uint Link;
    internal uint NewProgram;
    internal uint Flags;
    internal uint OldProgram;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TestRunAttribute
{
    internal uint Program;
    internal uint ReturnValue;
    internal uint DataSizeIn;
    internal uint DataSizeOut;
    internal void* DataIn;
    internal void* DataOut;
    internal uint Repeat;
    internal uint Duration;
    internal uint ContextSizeIn;
    internal uint ContextSizeOut;
    internal void* ContextIn;
    internal void* ContextOut;
    internal uint Flags;
    internal uint Cpu;
    internal uint BatchSize;
    internal uint Padding;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ObjectInfoAttribute
{
    internal uint Descriptor;
    internal uint InfoLength;
    internal void* Info;
}
