using System.Buffers.Binary;
using System.Text;

namespace Orleans.Cn2.Forwarding.Ebpf.Native;

/// <summary>
/// The parts of a BPF object (ELF64, little-endian) that loading needs: programs by name, relocations to maps, sections of data.
/// </summary>
internal sealed class ElfObject
{
    private const ushort MachineBpf = 247;
    private const uint SymbolTable = 2;
    private const uint Relocations = 9;
    private const int SectionHeaderSize = 64;
    private const int SymbolSize = 24;
    private const int RelocationSize = 16;
    private const int FunctionSymbol = 2;
    private const uint Map64Relocation = 1;
    private const byte PseudoMapDescriptor = 1;

    private readonly byte[] _file;
    private readonly List<Section> _sections = [];
    private readonly Dictionary<string, Symbol> _functions = [];
    private readonly Section _symbols;
    private readonly Section _names;

    internal ElfObject(byte[] file)
    {
        _file = file;
        if (file.Length < SectionHeaderSize || U32(0) != 0x464c457f || U16(18) != MachineBpf)
        {
            throw new InvalidDataException("not an ELF object for BPF");
        }

        int headers = (int)U64(40);
        int count = U16(60);
        int nameSection = U16(62);
        int names = (int)U64(headers + (nameSection * SectionHeaderSize) + 24);
        for (int i = 0; i < count; i++)
        {
            int at = headers + (i * SectionHeaderSize);
            _sections.Add(new Section(Text(names + (int)U32(at)), U32(at + 4), (int)U64(at + 24), (int)U64(at + 32), (int)U32(at + 40), (int)U32(at + 44)));
        }

        _symbols = _sections.Single(section => section.Type == SymbolTable);
        _names = _sections[_symbols.Link];
        for (int i = 0; i < _symbols.Size / SymbolSize; i++)
        {
            if (ReadSymbol(i) is { Kind: FunctionSymbol } function)
            {
                _functions[function.Name] = function;
            }
        }
    }

    /// <summary>Names of the programs.</summary>
    internal IReadOnlyCollection<string> Programs => _functions.Keys;

    /// <summary>The content of a section.</summary>
    internal ReadOnlySpan<byte> Data(string section)
    {
        Section found = _sections.Find(candidate => candidate.Name == section)
            ?? throw new InvalidDataException($"the object has no section {section}");
        return _file.AsSpan(found.Offset, found.Size);
    }

    /// <summary>The instructions of a program, with its references to maps replaced by their descriptors.</summary>
    internal byte[] Link(string program, IReadOnlyDictionary<string, BpfMap> maps)
    {
        Symbol function = _functions.TryGetValue(program, out Symbol? found)
            ? found
            : throw new InvalidDataException($"the object has no program {program}");
        byte[] code = _file.AsSpan(_sections[function.Section].Offset + function.Value, function.Size).ToArray();
        foreach (Section table in _sections.Where(section => section.Type == Relocations && section.Info == function.Section))
        {
            for (int at = table.Offset; at < table.Offset + table.Size; at += RelocationSize)
            {
                int offset = (int)U64(at) - function.Value;
                if (offset < 0 || offset >= function.Size)
                {
                    continue;
                }

                Symbol target = ReadSymbol((int)U32(at + 12));
                if (U32(at + 8) != Map64Relocation || !maps.TryGetValue(target.Name, out BpfMap? map))
                {
                    throw new InvalidDataException($"{program} refers to '{target.Name}' by relocation {U32(at + 8)}: only maps of the layout are known");
                }

                code[offset + 1] = (byte)((code[offset + 1] & 0x0f) | (PseudoMapDescriptor << 4));
                BinaryPrimitives.WriteInt32LittleEndian(code.AsSpan(offset + 4), map.Handle.Descriptor);
            }
        }

        return code;
    }

    private Symbol ReadSymbol(int index)
    {
        int at = _symbols.Offset + (index * SymbolSize);
        return new Symbol(Text(_names.Offset + (int)U32(at)), _file[at + 4] & 15, U16(at + 6), (int)U64(at + 8), (int)U64(at + 16));
    }

    private ushort U16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(_file.AsSpan(at));

    private uint U32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_file.AsSpan(at));

    private ulong U64(int at) => BinaryPrimitives.ReadUInt64LittleEndian(_file.AsSpan(at));

    private string Text(int at) => Encoding.ASCII.GetString(_file.AsSpan(at, _file.AsSpan(at).IndexOf((byte)0)));

    private sealed record Section(string Name, uint Type, int Offset, int Size, int Link, int Info);

    private sealed record Symbol(string Name, int Kind, int Section, int Value, int Size);
}
