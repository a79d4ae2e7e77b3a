using System.ComponentModel;
using MemoryWall.Cli.Completion;
using MemoryWall.Cli.Host;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall completion</c>.</summary>
internal sealed class CompletionOptions : CommandSettings
{
    [CommandArgument(0, "<SHELL>")]
    [Description("bash or powershell")]
    public string Shell { get; init; } = "";
}

/// <summary><c>memwall completion</c>: prints a script that completes commands and options in a shell.</summary>
internal sealed class CompletionCommand : Command<CompletionOptions>
{
    public override int Execute(CommandContext context, CompletionOptions options, CancellationToken cancellationToken)
    {
        if (!CompletionScript.Shells.Contains(options.Shell))
            throw new FormatException($"SHELL: '{options.Shell}' is unknown; write {string.Join(" or ", CompletionScript.Shells)}");
        var readCommands = (Func<IReadOnlyList<CommandWords>>)context.Data!;
        Terminal.Out.Profile.Out.Writer.Write(CompletionScript.Create(options.Shell, readCommands()));
        return ExitCodes.Success;
    }
}
