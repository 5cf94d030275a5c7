using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Testing.Packets.Generation;

/// <summary>Cases as text, a step a line or block: what a failing run prints and what the corpus holds. Lines that begin with # are for people.</summary>
public static class CaseText
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    public static string Write(PacketCase written)
    {
        ArgumentNullException.ThrowIfNull(written);
        StringBuilder text = new();
        text.AppendLine(Invariant, $"mode {written.Mode}{(written.Holds ? " holds" : "")}");
        foreach (CaseStep step in written.Steps)
        {
            switch (step)
            {
                case CaseChange { Change: { } change }:
                    Write(text, change);
                    break;
                case CaseRestart:
                    text.AppendLine("restart");
                    break;
                case CaseAge age:
                    text.AppendLine(Invariant, $"age {age.Span.TotalSeconds}");
                    break;
                case CasePacket { Packet: { } packet }:
                    text.AppendLine(Invariant, $"# {PacketPrinter.Describe(packet.Frame)}");
                    text.AppendLine(Invariant, $"send {packet.Hook} {packet.Interface} {PacketPrinter.Hex(packet.Frame)}");
                    break;
            }
        }

        return text.ToString();
    }

    public static PacketCase Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        DeliveryMode mode = DeliveryMode.Fast;
        bool holds = false;
        ImmutableArray<CaseStep>.Builder steps = ImmutableArray.CreateBuilder<CaseStep>();
        foreach (string[] words in text.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
        {
            switch (words)
            {
                case [] or ["#", ..]:
                    break;
                case ["mode", string name, .. string[] rest]:
                    (mode, holds) = (Enum.Parse<DeliveryMode>(name), rest is ["holds"]);
                    break;
                case ["restart"]:
                    steps.Add(new CaseRestart());
                    break;
                case ["age", string seconds]:
                    steps.Add(new CaseAge(TimeSpan.FromSeconds(double.Parse(seconds, Invariant))));
                    break;
                case ["send", string hook, string at, .. string[] hex]:
                    steps.Add(new CasePacket(new GeneratedPacket(
                        Enum.Parse<PacketHook>(hook), int.Parse(at, Invariant), Convert.FromHexString(string.Concat(hex)))));
                    break;
                case ["change", string shard, string complete]:
                    steps.Add(new CaseChange(new TableChange(int.Parse(shard, Invariant), bool.Parse(complete), [], [])));
                    break;
                default:
                    steps[^1] = new CaseChange(Continue(((CaseChange)steps[^1]).Change, words));
                    break;
            }
        }

        return new PacketCase(mode, holds, steps.ToImmutable());
    }

    private static void Write(StringBuilder text, TableChange change)
    {
        text.AppendLine(Invariant, $"change {change.Shard} {change.Complete}");
        foreach (ServiceTable service in change.Upserts)
        {
            text.AppendLine(Invariant, $"  service {service.Uid} {service.Name.Namespace} {service.Name.Name} {service.Generation}");
            foreach (Frontend frontend in service.Frontends)
            {
                text.AppendLine(Invariant, $"    frontend {frontend.Address} {frontend.Protocol} {frontend.Port} {(ushort)frontend.Flags} {frontend.AffinitySeconds}");
                foreach (EcmpPath path in frontend.Paths)
                {
                    text.AppendLine(Invariant, $"      path {path.Address} {path.Port} {path.Weight} {path.State} {path.VmiId:x}");
                }
            }
        }

        foreach (Guid uid in change.Deletes)
        {
            text.AppendLine(Invariant, $"  delete {uid}");
        }
    }

    private static TableChange Continue(TableChange change, string[] words)
    {
        switch (words)
        {
            case ["delete", string uid]:
                return change with { Deletes = change.Deletes.Add(Guid.Parse(uid)) };
            case ["service", string uid, string space, string name, string generation]:
                return change with
                {
                    Upserts = change.Upserts.Add(new ServiceTable(Guid.Parse(uid), new NamespacedName(space, name), ulong.Parse(generation, Invariant), [])),
                };
            case ["frontend", string address, string protocol, string port, string flags, string seconds]:
                ServiceTable service = change.Upserts[^1];
                Frontend frontend = new(
                    IpAddress.Parse(address), Enum.Parse<TransportProtocol>(protocol), ushort.Parse(port, Invariant), 0,
                    (FrontendFlags)ushort.Parse(flags, Invariant), uint.Parse(seconds, Invariant), []);
                frontend = frontend with { Id = TableIds.OfFrontend(service.Uid, frontend.Address.Family, frontend.Protocol, frontend.Port) };
                return Replace(change, service with { Frontends = service.Frontends.Add(frontend) });
            case ["path", string address, string port, string weight, string state, string vmi]:
                ServiceTable owner = change.Upserts[^1];
                EcmpPath path = new(
                    IpAddress.Parse(address), ushort.Parse(port, Invariant), ushort.Parse(weight, Invariant), Enum.Parse<PathState>(state),
                    ulong.Parse(vmi, NumberStyles.HexNumber, Invariant));
                Frontend last = owner.Frontends[^1];
                return Replace(change, owner with { Frontends = owner.Frontends.SetItem(owner.Frontends.Length - 1, last with { Paths = last.Paths.Add(path) }) });
            default:
                throw new FormatException($"no step begins like this: {string.Join(' ', words)}");
        }
    }

    private static TableChange Replace(TableChange change, ServiceTable last) => change with { Upserts = change.Upserts.SetItem(change.Upserts.Length - 1, last) };
}
