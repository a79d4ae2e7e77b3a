using System.Diagnostics;
using MemoryWall.Cli.Completion;

namespace MemoryWall.Cli.Tests;

/// <summary>The completion of commands and options in a shell.</summary>
public sealed class CompletionTests
{
    private static readonly IReadOnlyList<CommandWords> s_commands = MemwallApp.ReadCommands();

    [Fact]
    public void Commands_AllLevels_HaveTheirWords()
    {
        Assert.Contains("sweep", Words(""));
        Assert.Contains("--contexts", Words("sweep"));
        Assert.Equal(["--help"], Words("runs").Where(word => word[0] == '-'));
        Assert.Contains("list", Words("runs"));
        // The word run may be omitted.
        Assert.Contains("--users", Words("sessions"));
        Assert.Contains("forecast", Words("sessions"));
        Assert.All(s_commands.SelectMany(command => command.Words), word => Assert.Matches("^[a-z0-9-]+$", word));
    }

    [Theory]
    [InlineData("swe", "sweep")]
    [InlineData("sweep --context", "--contexts")]
    [InlineData("sweep --contexts 2k --repet", "--repetitions")]
    [InlineData("runs li", "list")]
    [InlineData("sessions forecast --tr", "--trace")]
    [InlineData("sessions --us", "--users")]
    [InlineData("help exp", "experiments exporters")]
    [InlineData("completion po", "powershell")]
    [InlineData("sweep --target embed", "")]
    public async Task Bash_UnfinishedWord_IsCompleted(string line, string expected)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "there is no bash here");
        var words = $"memwall {line}".Split(' ');
        var script = CompletionScript.Create("bash", s_commands)
            + $"COMP_WORDS=({string.Join(' ', words)}); COMP_CWORD={words.Length - 1}; _memwall; echo \"${{COMPREPLY[*]}}\"\n";
        var start = new ProcessStartInfo("/bin/bash") { RedirectStandardInput = true, RedirectStandardOutput = true };
        using var bash = Process.Start(start)!;
        await bash.StandardInput.WriteAsync(script);
        bash.StandardInput.Close();
        var output = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await bash.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(expected, output.Trim());
    }

    [Fact]
    public async Task Completion_UnknownShell_IsWrongUsageAndListsTheShells()
    {
        using var memwall = await InProcess.RunAsync("completion", "fish");
        Assert.Equal(2, memwall.ExitCode);
        Assert.Contains("SHELL: 'fish' is unknown; write bash or powershell", memwall.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Completion_OfTheProgram_PrintsTheScriptUnchanged()
    {
        using var memwall = await InProcess.RunAsync("completion", "powershell");
        Assert.Equal((0, CompletionScript.Create("powershell", s_commands).ReplaceLineEndings("\n")),
            (memwall.ExitCode, memwall.Output.ReplaceLineEndings("\n")));
    }

    private static IReadOnlyList<string> Words(string path) => s_commands.Single(command => command.Path == path).Words;
}
