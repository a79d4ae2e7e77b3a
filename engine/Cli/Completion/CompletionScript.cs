namespace MemoryWall.Cli.Completion;

/// <summary>Scripts that complete the words of a command line in a shell. Where no word fits, the shell completes files.</summary>
internal static class CompletionScript
{
    /// <summary>The shells that <see cref="Create"/> knows.</summary>
    public static IReadOnlyList<string> Shells { get; } = ["bash", "powershell"];

    /// <summary>The script for a shell.</summary>
    /// <param name="shell">One of <see cref="Shells"/>.</param>
    /// <param name="commands">All commands. Their words are options and command names, which need no quotes.</param>
    public static string Create(string shell, IReadOnlyList<CommandWords> commands) =>
        shell == "bash" ? CreateBash(commands) : CreatePowerShell(commands);

    private static string CreateBash(IReadOnlyList<CommandWords> commands) => $$"""
        # Completion of memwall for bash: source <(memwall completion bash)
        _memwall() {
          local path="" word words
          for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
            case "$path $word" in
              {{string.Join(" | ", commands.Where(command => command.Path.Length > 0).Select(Pattern))}}) path="${path:+$path }$word" ;;
            esac
          done
          case "$path" in
        {{string.Join('\n', commands.Select(command => $"    \"{command.Path}\") words=\"{string.Join(' ', command.Words)}\" ;;"))}}
          esac
          COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _memwall memwall

        """;

    private static string CreatePowerShell(IReadOnlyList<CommandWords> commands) => $$"""
        # Completion of memwall for PowerShell: memwall completion powershell | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName memwall -ScriptBlock {
          param($wordToComplete, $commandAst, $cursorPosition)
          $commands = @{
        {{string.Join('\n', commands.Select(command => $"    '{command.Path}' = '{string.Join(' ', command.Words)}'"))}}
          }
          $path = ''
          foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
            $longer = "$path $element".Trim()
            if ($element.Extent.EndOffset -lt $cursorPosition -and $commands.ContainsKey($longer)) { $path = $longer }
          }
          $commands[$path].Split(' ') | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
            [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
          }
        }

        """;

    // What the loop above compares: the path so far, a blank, and the next word.
    private static string Pattern(CommandWords command) =>
        $"\"{(command.Path.Contains(' ', StringComparison.Ordinal) ? "" : " ")}{command.Path}\"";
}
