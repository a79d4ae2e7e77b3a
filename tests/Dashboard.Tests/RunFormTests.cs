using MemoryWall.Dashboard.Launching;

namespace MemoryWall.Dashboard.Tests;

public class RunFormTests
{
    [Fact]
    public void ToArguments_ASweep_HasTheFilledFieldsOnly() => Assert.Equal(
        ["sweep", "--target=embedded:nano", "--contexts=2k,8k", "--cap=400MiB", "--label=before", "--note=why: two disks"],
        new RunForm
        {
            Command = "sweep",
            Target = " embedded:nano ",
            Contexts = "2k,8k",
            Cap = "400MiB",
            Repetitions = " ",
            Label = "before",
            Note = "why: two disks",
            From = "1k",
        }.ToArguments());

    [Fact]
    public void ToArguments_AComparison_NamesEachSystem() => Assert.Equal(
        ["compare", "--contexts=2k", "--system=standard", "--system=managed"],
        new RunForm { Command = "compare", Contexts = "2k", Systems = "standard  managed" }.ToArguments());

    [Theory]
    [InlineData("standard, managed@550MB/s,1ms")]
    [InlineData("standard,managed@550MB/s,1ms")]
    [InlineData(" standard ,managed@550MB/s,1ms,")]
    public void ToArguments_SystemsWithCommas_AreTwo(string systems) => Assert.Equal(
        ["compare", "--system=standard", "--system=managed@550MB/s,1ms"],
        new RunForm { Command = "compare", Systems = systems }.ToArguments());

    [Theory]
    [InlineData("")]
    [InlineData("runs")]
    [InlineData("sweep --runs /")]
    public void ToArguments_AnotherCommand_IsRefused(string command)
    {
        var error = Assert.Throws<FormatException>(() => new RunForm { Command = command }.ToArguments());

        Assert.Contains("sweep, wall, compare", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToArguments_AValueThatLooksLikeAnOption_StaysAValue() => Assert.Equal(["sweep", "--target=--force"],
        new RunForm { Command = "sweep", Target = "--force" }.ToArguments());

    [Fact]
    public async Task Describe_NamesTheFolderOfTheRuns_AsTheStartedCommandDoes()
    {
        await using var launcher = new RunLauncher(program: null, "/my runs");

        Assert.Equal("memwall sweep --target=embedded:nano '--runs=/my runs'",
            launcher.Describe(new RunForm { Command = "sweep", Target = "embedded:nano" }));
    }

    [Theory]
    [InlineData("--label=it's", @"memwall '--label=it'\''s'")]
    [InlineData("--label=$(rm -rf ~)", "memwall '--label=$(rm -rf ~)'")]
    [InlineData("--contexts=2k,8k", "memwall --contexts=2k,8k")]
    public void Format_WhatAShellWouldInterpret_IsQuoted(string argument, string expected) =>
        Assert.Equal(expected, CommandLineText.Format([argument]));

    [Theory]
    [InlineData("--port", "70000")]
    [InlineData("--port", "x")]
    [InlineData("--nosuch", "1")]
    public void Parse_WrongOptions_AreNamed(string option, string value)
    {
        var error = Assert.Throws<FormatException>(() => DashboardOptions.Parse(["--runs", "x", option, value]));

        Assert.Contains(option, error.Message, StringComparison.Ordinal);
    }
}
