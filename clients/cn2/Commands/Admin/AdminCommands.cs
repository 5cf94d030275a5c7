using System.CommandLine;
using Orleans.Cn2.Cli.Cli;

namespace Orleans.Cn2.Cli.Commands.Admin;

/// <summary><c>cn2 admin</c>: what the operator of a control plane does.</summary>
internal static class AdminCommands
{
    public static Command Create() => new Command("admin", "Operate a control plane").With(CertsCommand.Create(), BackupCommands.Export(), BackupCommands.Import(), SchemaCommand.Create());
}
