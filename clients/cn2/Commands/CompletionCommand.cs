using System.CommandLine;
using Orleans.Cn2.Cli.Cli;

namespace Orleans.Cn2.Cli.Commands;

/// <summary><c>cn2 completion</c>: a script that makes a shell ask this program, by the <c>[suggest]</c> directive, what may come next.</summary>
internal static class CompletionCommand
{
    // The line up to the cursor without the program's name is what the directive takes.
    private const string Bash = """
        _cn2() {
            local line=${COMP_LINE:0:COMP_POINT} word=${COMP_WORDS[COMP_CWORD]} IFS=$'\n'
            line=${line#*[[:space:]]}
            COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)" -- "$word"))
        }
        complete -o default -F _cn2 cn2

        """;

    private const string Zsh = """
        #compdef cn2
        _cn2() {
            local line="${(j: :)words[2,CURRENT]}"
            local -a found=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
            compadd -a found || _files
        }
        if [ "${funcstack[1]}" = "_cn2" ]; then _cn2 "$@"; else compdef _cn2 cn2; fi

        """;

    private const string Fish = """
        function __cn2_suggest
            set -l line (commandline -cp | string replace -r '^\s*\S+\s' '')
            cn2 "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c cn2 -f -a '(__cn2_suggest)'
        complete -c cn2 -s f -l filename -r -F

        """;

    public static Command Create() => new Command("completion", "Print a completion script: source <(cn2 completion bash)").With(
        Script("bash", Bash, "for ~/.bashrc: source <(cn2 completion bash)"),
        Script("zsh", Zsh, "for ~/.zshrc, after compinit: source <(cn2 completion zsh)"),
        Script("fish", Fish, "for ~/.config/fish/config.fish: cn2 completion fish | source"));

    private static Command Script(string shell, string script, string use) => new Command(shell, use).Does(async (_, _) =>
    {
        await Console.Out.WriteAsync(script).ConfigureAwait(false);
        return ExitCodes.Ok;
    });
}
