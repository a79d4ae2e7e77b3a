using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using MemoryWall.NotebookRunner.Documents;
using static MemoryWall.NotebookRunner.Tests.Notebooks;

namespace MemoryWall.NotebookRunner.Tests.Execution;

public sealed class RunTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Task<(int Code, JsonArray Cells, string Words)> RunAsync(IEnumerable<JsonObject> cells, params string[] options) =>
        RunnerProcess.RunAsync(_folder, cells, options);

    private static JsonArray Outputs(JsonArray cells, int index) => cells[index]!["outputs"]!.AsArray();

    private static string Text(JsonNode? node) => MultilineText.Read(node);

    private static string Name(JsonNode? output) => (string)output!["output_type"]!;

    [Fact]
    public async Task Run_TellsTheEngineToMeasureAgain()
    {
        var (code, cells, _) = await RunAsync([Code("Console.Write(Environment.GetEnvironmentVariable(\"MEMWALL_MEASURE_AGAIN\"));")]);
        Assert.Equal(0, code);
        Assert.Contains("1", cells[0]!["outputs"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_PassingNotebook_WritesEveryKindOfOutput()
    {
        File.WriteAllText(_folder.File("beside.txt"), "beside");
        var prose = Prose("# As it was\n  <b>x</b>");
        prose["id"] = "my-id";
        prose["metadata"]!["mine"] = 1;
        var (code, cells, words) = await RunAsync([
            prose,
            Code("string who = \"nobody\"; int n = 1;", "parameters"),
            Code("Console.Write(who); Console.Error.Write(n); Console.Write(System.IO.File.ReadAllText(\"beside.txt\"));"),
            Code("using Microsoft.DotNet.Interactive;\n"
                + "var shown = KernelInvocationContext.Current.Display(HTML(\"<i>first</i>\"), \"text/html\");\n\"value\""),
            Code("shown.Update(HTML(\"<i>second</i>\"));"),
            Code("<p>html</p>") is var html
                && html["metadata"]!.AsObject().TryAdd("polyglot_notebook", new JsonObject { ["kernelName"] = "html" }) ? html : html,
            Code("1 + 1"),
        ], "-p", "who=<b>\"you\"", "-p", "n=7");

        Assert.True(code == 0, words);
        Assert.Equal("my-id", (string)cells[0]!["id"]!);
        Assert.Equal("# As it was\n  <b>x</b>", Text(cells[0]!["source"]));
        Assert.Equal(1, (int)cells[0]!["metadata"]!["mine"]!);
        Assert.Equal(["stdout", "stderr", "stdout"], Outputs(cells, 3).Select(output => (string)output!["name"]!));
        Assert.Equal("<b>\"you\"7beside", string.Concat(Outputs(cells, 3).Select(output => Text(output!["text"]))));
        var displays = Outputs(cells, 4);
        Assert.Equal(["display_data", "execute_result"], displays.Select(Name));
        Assert.Equal("<i>second</i>", Text(displays[0]!["data"]!["text/html"]));
        Assert.Equal("value", Text(displays[1]!["data"]!["text/plain"]));
        Assert.Empty(Outputs(cells, 5));
        Assert.Contains("<p>html</p>", Text(Outputs(cells, 6)[0]!["data"]!["text/html"]));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], cells.Skip(1).Select(cell => (int)cell!["execution_count"]!));
        Assert.Equal(7, (int)Outputs(cells, 7)[0]!["execution_count"]!);
    }

    [Fact]
    public async Task Run_CellThrows_StopsThereAndSaysTheLine()
    {
        var (code, cells, words) = await RunAsync([
            Code("int Boom(int n) {\n  throw new InvalidOperationException(\"no <b>\\u001b[31m\");\n}"),
            Code("var y = 1;\n\nBoom(y);"),
            Code("Console.Write(\"never\");"),
        ]);

        Assert.Equal(6, code);
        Assert.Contains("in.ipynb, cell 2: System.InvalidOperationException: no <b>", words);
        Assert.Contains("line 3: Boom(y);", words);
        Assert.DoesNotContain("\u001b", words);
        var error = Assert.Single(Outputs(cells, 1))!;
        Assert.Equal("error", Name(error));
        Assert.Equal("System.InvalidOperationException", (string)error["ename"]!);
        Assert.StartsWith("no <b>", (string)error["evalue"]!);
        var trace = error["traceback"]!.AsArray().Select(line => (string)line!).ToList();
        Assert.Contains(trace, line => line.EndsWith("cell 1:line 2", StringComparison.Ordinal));
        Assert.Contains(trace, line => line.EndsWith("cell 2:line 3", StringComparison.Ordinal));
        Assert.DoesNotContain(trace, line => line.Contains(_folder.Path, StringComparison.Ordinal));
        Assert.Null(cells[2]!["execution_count"]);
        Assert.Empty(Outputs(cells, 2));
    }

    [LongFact]
    public async Task Run_KeepGoing_RunsTheCellsAfterOneThatFails_InAnotherFolder()
    {
        using var elsewhere = new TestFolder();
        var (code, cells, words) = await RunnerProcess.RunAsync(_folder,
            [Code("throw new System.InvalidOperationException(\"no run\");"), Code("nonsense"),
                Code("System.IO.Directory.GetCurrentDirectory()")],
            "--keep-going", "--folder", elsewhere.Path);
        Assert.Equal(6, code);
        Assert.Equal("error", (string)cells[0]!["outputs"]![0]!["output_type"]!);
        Assert.Equal("error", (string)cells[1]!["outputs"]![0]!["output_type"]!);
        Assert.Contains(Path.GetFileName(elsewhere.Path), cells[2]!["outputs"]![0]!.ToJsonString());
        Assert.Contains("no run", words);
    }

    [Fact]
    public async Task Run_CellDoesNotCompile_SaysLineAndColumn()
    {
        var (code, cells, words) = await RunAsync([Code("int a = 1;\nint b = nope;")]);
        Assert.Equal(6, code);
        Assert.Contains("cell 1: CompilationError: CS0103", words);
        Assert.Contains("line 2: int b = nope;", words);
        Assert.Equal("CompilationError", (string)Outputs(cells, 0)[0]!["ename"]!);
        Assert.StartsWith("line 2, column 9: CS0103", (string)Outputs(cells, 0)[0]!["traceback"]![0]!);
    }

    [LongFact]
    public async Task Run_LoadedFile_IsFoundInTheNotebooksFolder()
    {
        File.WriteAllText(_folder.File("load.csx"), "int loaded = 42;");
        var (code, cells, words) = await RunAsync([Code("#load \"load.csx\""), Code("Console.Write(loaded);")]);
        Assert.True(code == 0, words);
        Assert.Equal("42", Text(Outputs(cells, 1)[0]!["text"]));
    }

    [LongFact]
    public async Task Run_CellOfAnUnknownKernel_FailsWithTheNamesOfThoseThatAre()
    {
        var cell = Code("let a = 1");
        cell["metadata"]!["polyglot_notebook"] = new JsonObject { ["kernelName"] = "fsharp" };
        var (code, _, words) = await RunAsync([cell]);
        Assert.Equal(6, code);
        Assert.Contains("'fsharp'", words);
        Assert.Contains("csharp", words);
    }

    [LongFact]
    public async Task Run_CellWithoutEnd_IsStoppedAtItsLimit()
    {
        var (code, cells, words) = await RunAsync([Code("Console.Write(\"before\");"), Code("while (true) ;"), Code("1")], "--timeout",
            "20");
        Assert.Equal(6, code);
        Assert.Contains("cell 2: TimedOut: the cell exceeded its time limit of 20 s", words);
        Assert.Equal("before", Text(Outputs(cells, 0)[0]!["text"]));
        Assert.Equal("TimedOut", (string)Outputs(cells, 1)[^1]!["ename"]!);
        Assert.Null(cells[2]!["execution_count"]);
    }

    [LongFact]
    public async Task Run_TwentyThousandLines_AreAllThere()
    {
        var (code, cells, words) = await RunAsync([Code("for (var i = 0; i < 20_000; i++) Console.WriteLine(i);")]);
        Assert.True(code == 0, words);
        Assert.Equal(string.Concat(Enumerable.Range(0, 20_000).Select(i => i.ToString(CultureInfo.InvariantCulture) + "\n")),
            Text(Assert.Single(Outputs(cells, 0))!["text"]).ReplaceLineEndings("\n"));
    }

    [LongFact]
    public async Task Run_MoreThanIsKept_SaysHowMuchIsMissing()
    {
        var (code, cells, words) = await RunAsync([
            Code("for (var i = 0; i < 20_000; i++) Console.WriteLine(new string('x', 98) + i);"),
            Code("for (var i = 0; i < 150; i++) display(i);"),
        ]);
        Assert.True(code == 0, words);
        var text = Text(Assert.Single(Outputs(cells, 0))!["text"]);
        Assert.InRange(text.Length, 500_000, 550_000);
        Assert.Contains("omitted by the notebook runner", text);
        Assert.EndsWith("19999", text.TrimEnd());
        Assert.Equal(101, Outputs(cells, 1).Count);
        Assert.Contains("50 further outputs", Text(Outputs(cells, 1)[^1]!["text"]));
    }

    [LongFact]
    public async Task Run_FloodWithoutEnd_IsStopped()
    {
        var (code, cells, words) = await RunAsync([Code("while (true) Console.Write(new string('x', 4_000_000));")], "--timeout", "120");
        Assert.Equal(6, code);
        Assert.Contains("OutputFlood", words);
        Assert.Equal("OutputFlood", (string)Outputs(cells, 0)[^1]!["ename"]!);
        Assert.True(new FileInfo(_folder.File("out.ipynb")).Length < 2_000_000);
    }

    [LongFact]
    public async Task Run_CellEndsTheProcessWithSuccess_IsAFailureAllTheSame()
    {
        var (code, cells, words) = await RunAsync([Code("Console.Write(\"before\");"), Code("Environment.Exit(0);")]);
        Assert.Equal(6, code);
        Assert.Contains("the cell ended the process", words);
        Assert.Equal("ProcessEnded", (string)Outputs(cells, 1)[0]!["ename"]!);
        Assert.Equal("before", Text(Outputs(cells, 0)[0]!["text"]));
    }

    [LongFact]
    public async Task Run_CellKillsTheProcess_WhatRanBeforeIsWritten()
    {
        var (code, cells, _) = await RunAsync([Code("Console.Write(\"before\");"), Code("Environment.FailFast(\"gone\");")]);
        Assert.NotEqual(0, code);
        Assert.Equal("before", Text(Outputs(cells, 0)[0]!["text"]));
    }

    [Theory]
    [InlineData(false)]
    [LongData(true)]
    public async Task Run_StoppedFromOutside_WritesWhatItHas(bool byParent)
    {
        Assert.SkipUnless(byParent || !OperatingSystem.IsWindows(), "needs Unix signals");
        var input = _folder.Write("in.ipynb", Json(
            Code("Console.Write(\"before\");"),
            Code("System.IO.File.WriteAllText(\"started\", \"\"); try { "
                + "await Task.Delay(-1, Microsoft.DotNet.Interactive.KernelInvocationContext.Current.CancellationToken); } "
                    + "finally { System.IO.File.WriteAllText(\"heeded\", \"\"); }"),
            Code("1")));
        using var runner = RunnerProcess.Start(["run", input, .. byParent ? ["--parent-stdin"] : Array.Empty<string>()]);
        await runner.WaitForAsync(() => File.Exists(_folder.File("started")));
        if (byParent)
            runner.EndInput();
        else
            Process.Start("kill", ["-INT", runner.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExit();

        Assert.Equal(130, await runner.ExitAsync());
        Assert.True(File.Exists(_folder.File("heeded")));
        var cells = NotebookDocument.Load(input).Cells;
        Assert.Equal("before", Text(cells[0].Outputs[0]!["text"]));
        Assert.Equal("Interrupted", (string)cells[1].Error!["ename"]!);
        Assert.Null(cells[2].ExecutionCount);
    }

    [LongFact]
    public async Task Run_Strip_ShowsThatItRunsAndLeavesNothing()
    {
        var (code, cells, words) = await RunAsync([Code("int n = 1;", "parameters"), Code("Console.Write(n);")], "--strip", "-p", "n=2");
        Assert.True(code == 0, words);
        Assert.Equal(2, cells.Count);
        Assert.All(cells, cell => Assert.Empty(cell!["outputs"]!.AsArray()));
    }

    [Theory]
    [InlineData(2, "no parameter 'm'", "run", "IN", "-p", "m=1")]
    [InlineData(2, "--timeout", "run", "IN", "--timeout", "-1")]
    [InlineData(5, "cannot be read", "run", "none.ipynb")]
    [InlineData(5, "not a valid notebook", "render", "BROKEN", "-o", "x.html")]
    [InlineData(2, "nonsense", "run", "IN", "--nonsense")]
    public async Task Run_WrongWords_SaysSo(int expected, string part, params string[] args)
    {
        var input = _folder.Write("in.ipynb", Json(Code("int n = 1;", "parameters")));
        var broken = _folder.Write("broken.ipynb", "{}");
        using var runner = RunnerProcess.Start(args.Select(word => word switch { "IN" => input, "BROKEN" => broken, _ => word }).ToArray());
        Assert.Equal(expected, await runner.ExitAsync());
        Assert.Contains(part, runner.Words);
    }

    [Fact]
    public async Task StripCheck_FindsWhatARunLeft_AndChangesNothing()
    {
        var clean = _folder.Write("clean.ipynb", Json(Code("1")));
        var run = _folder.Write("run.ipynb", Json(Executed("1", Stream("x"))));
        var before = await File.ReadAllTextAsync(run);

        using (var check = RunnerProcess.Start("strip", clean, run, "--check"))
        {
            Assert.Equal(6, await check.ExitAsync());
            Assert.Contains("run.ipynb: cell 1 has outputs, an execution count", check.Words);
            Assert.Equal(before, await File.ReadAllTextAsync(run));
        }
        using (var strip = RunnerProcess.Start("strip", clean, run))
            Assert.Equal(0, await strip.ExitAsync());
        using (var check = RunnerProcess.Start("strip", clean, run, "--check"))
            Assert.Equal(0, await check.ExitAsync());
    }
}
