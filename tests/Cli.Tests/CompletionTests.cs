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

    private static readonly (string Line, string Completed)[] s_lines =
    [
        ("swe", "sweep"),
        ("sweep --context", "--contexts"),
        ("sweep --contexts 2k --repet", "--repetitions"),
        ("runs li", "list"),
        ("sessions forecast --tr", "--trace"),
        ("sessions --us", "--users"),
        ("help exp", "experiments exporters"),
        ("completion po", "powershell"),
        ("sweep --target embed", ""),
    ];

    public static TheoryData<string, string> Lines => [.. s_lines];

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Bash_UnfinishedWord_IsCompleted(string line, string expected)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "there is no bash here");
        var words = $"memwall {line}".Split(' ');
        var script = CompletionScript.Create("bash", s_commands)
            + $"COMP_WORDS=({string.Join(' ', words)}); COMP_CWORD={words.Length - 1}; _memwall; echo \"${{COMPREPLY[*]}}\"\n";
        Assert.Equal(expected, (await RunAsync("/bin/bash", [], script)).Trim());
    }

    // One process for all, because it takes seconds to begin.
    [Fact]
    public async Task PowerShell_UnfinishedWords_AreCompleted()
    {
        RequiredTools.SkipWhen(!RequiredTools.Finds("pwsh") && !RequiredTools.Finds("pwsh.exe"),
            "PowerShell is not installed: dotnet tool install --global PowerShell");
        // Where memwall completes nothing, PowerShell looks for files, of which an empty folder has none.
        var folder = Directory.CreateTempSubdirectory("memwall-completion-").FullName;
        try
        {
            var script = $"""
                Set-Location '{folder}'
                {CompletionScript.Create("powershell", s_commands)}
                foreach ($line in {string.Join(", ", s_lines.Select(line => $"'memwall {line.Line}'"))}) {"{"}
                  ">$((TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches.CompletionText -join ' ')"
                {"}"}
                """;
            var file = Path.Combine(Directory.CreateDirectory(folder + ".script").FullName, "complete.ps1");
            await File.WriteAllTextAsync(file, script, TestContext.Current.CancellationToken);
            var output = await RunAsync("pwsh", ["-NoProfile", "-NonInteractive", "-File", file], "");
            Assert.Equal(s_lines.Select(line => $">{line.Completed}"), output.Split('\n', StringSplitOptions.RemoveEmptyEntries
                | StringSplitOptions.TrimEntries));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            Directory.Delete(folder + ".script", recursive: true);
        }
    }

    private static async Task<string> RunAsync(string program, string[] arguments, string input)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output;
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
