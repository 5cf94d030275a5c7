namespace Orleans.Cn2.Cli.Cli;

/// <summary>Exit codes of <c>cn2</c>; scripts may rely on them.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>The request was understood and refused, or a check failed.</summary>
    public const int Refused = 1;

    /// <summary>The command line or a manifest can't be read.</summary>
    public const int Usage = 2;

    /// <summary>The control plane can't be reached, or the outcome is unknown.</summary>
    public const int Unavailable = 3;

    /// <summary>This machine lacks something.</summary>
    public const int CannotRun = 4;

    /// <summary>Ended by Ctrl-C.</summary>
    public const int Interrupted = 130;
}
