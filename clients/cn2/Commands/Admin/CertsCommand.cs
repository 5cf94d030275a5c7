using System.CommandLine;
using Orleans.Cn2.Cli.Certificates;
using Orleans.Cn2.Cli.Cli;

namespace Orleans.Cn2.Cli.Commands.Admin;

/// <summary><c>cn2 admin certs</c>: a certificate authority for development, and certificates of it.</summary>
internal static class CertsCommand
{
    public static Command Create()
    {
        Option<string> directory = new("--dir") { Description = "Folder of the files; its authority is used where it has one", DefaultValueFactory = _ => "certs" };
        Option<string[]> silos = new("--silo") { Description = "Certificate of a silo: NAME or NAME=HOST,ADDRESS,... that clients reach it by (default hosts: localhost,127.0.0.1,::1); repeatable" };
        Option<string[]> nodes = new("--node") { Description = "Certificate of the worker of this node; repeatable" };
        Option<string[]> clients = new("--client") { Description = "Certificate of an API client: NAME=ROLE,... with ROLE read, write or admin, or ROLE:NAMESPACE; repeatable" };
        Option<int> days = new("--days") { Description = "Days that certificates are valid, 1..825; the authority's 3,650", DefaultValueFactory = _ => 365 };
        return new Command("certs", "Make an authority for development and certificates of silos, nodes and clients; overwrites nothing")
            .With(directory, silos, nodes, clients, days)
            .Does(async (parsed, _) =>
            {
                int valid = parsed.GetValue(days);
                if (valid is < 1 or > 825)
                {
                    throw new CommandException(ExitCodes.Usage, $"days: {valid} must be between 1 and 825");
                }

                CertificateOrders wanted = CertificateOrders.Parse(
                    parsed.GetValue(silos) ?? [], parsed.GetValue(nodes) ?? [], parsed.GetValue(clients) ?? []);
                CertificateFolder folder = CertificateFolder.Open(parsed.GetRequiredValue(directory), wanted, TimeSpan.FromDays(valid), TimeProvider.System);
                foreach (string file in folder.Write())
                {
                    await Console.Out.WriteLineAsync(file).ConfigureAwait(false);
                }

                return ExitCodes.Ok;
            });
    }
}
