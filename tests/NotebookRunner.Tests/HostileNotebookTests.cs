using System.Text;
using System.Text.Json.Nodes;
using MemoryWall.Core.Primitives;
using MemoryWall.NotebookRunner.Commands;
using MemoryWall.NotebookRunner.Documents;
using MemoryWall.NotebookRunner.Parameters;
using MemoryWall.NotebookRunner.Rendering;
using MemoryWall.NotebookRunner.Tests.Execution;
using static MemoryWall.NotebookRunner.Tests.Notebooks;

namespace MemoryWall.NotebookRunner.Tests;

/// <summary>Foreign notebooks: stripping and rendering run nothing, and any content is refused or handled.</summary>
public sealed class HostileNotebookTests : IDisposable
{
    private const int Inputs = 120;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Contents => [.. s_contents.Keys];

    private static readonly Dictionary<string, Func<byte[]>> s_contents = new()
    {
        ["NUL"] = () => new byte[4096],
        ["UTF-16"] = () => Encoding.Unicode.GetBytes(Json(Prose("x"))),
        ["Latin-1"] = () => Encoding.Latin1.GetBytes(Json().Replace("\"metadata\"", "\"\u00fc\"", StringComparison.Ordinal)),
        ["deep lists"] = () => Encoding.ASCII.GetBytes(new string('[', 2_000_000)),
        ["deep output"] = () => Encoding.ASCII.GetBytes(Output(new string('[', 3000) + new string(']', 3000))),
        ["many values"] = () => Encoding.ASCII.GetBytes(Output("[" + string.Join(',', Enumerable.Repeat("[]", 8_100_000)) + "]")),
        ["no number"] = () => Encoding.ASCII.GetBytes(Output(new string('9', 1_000_000) + "x")),
        ["half a pair"] = () => Encoding.ASCII.GetBytes(Output("\"\\ud800\"")),
        ["a version beyond numbers"] =
            () => Encoding.ASCII.GetBytes(Json().Replace("\"nbformat\":4", "\"nbformat\":4e99", StringComparison.Ordinal)),
    };

    [Theory]
    [MemberData(nameof(Contents))]
    public void Load_FileThatIsNoNotebook_IsRefusedInBoundedMemory(string name)
    {
        File.WriteAllBytes(_folder.File("n.ipynb"), s_contents[name]());
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.Throws<NotebookException>(() => NotebookDocument.Load(_folder.File("n.ipynb")));

        Assert.True(error.Message.Length < 1000, name);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 512L << 20);
    }

    /// <summary>Any JSON value in the place of any other one of a notebook that has each kind of entry.</summary>
    [Fact]
    public void AnyValueInAnyPlace_EveryOperation_IsRefusedOrWorks()
    {
        string[] values = ["null", "0", "-1", "1e300", "true", "\"\"", "\"x\"", "[]", "[null]", "[[]]", "{}", "{\"name\":1}", "{\"a\":{}}",
            "\"\\u001b]0;x\\u0007\\u202e\"", "\".net-csharp\"", "[\"injected-parameters\"]", "[\"parameters\"]"];
        for (var seed = 0; seed < Inputs; seed++)
        {
            var random = new Random(seed);
            var root = CreateWhole();
            for (var i = random.Next(3); i >= 0; i--)
            {
                var places = new List<(JsonNode Parent, object Key)>();
                Collect(root, places);
                var (parent, key) = places[random.Next(places.Count)];
                var value = JsonNode.Parse(values[random.Next(values.Length)]);
                if (key is string property)
                    parent[property] = value;
                else
                    parent[(int)key] = value;
            }
            var json = root.ToJsonString();
            try
            {
                TryEverything(json);
            }
            catch (Exception error) when (error is not NotebookException and not ParameterException)
            {
                Assert.Fail($"seed {seed}: {error}\n{json}");
            }
            catch (Exception error) when (error is NotebookException or ParameterException)
            {
                // Refused.
            }
        }
    }

    [Fact]
    public void Strip_HundredThousandInjectedCells_TakesNoTimeThatGrowsWithItsSquare()
    {
        var cells = Enumerable.Range(0, 100_000).Select(i => Code($"n = {i};", NotebookCell.InjectedTag)).ToArray();
        var notebook = Document([.. cells, Prose("# kept")]);
        using var load = MachineLoad.Watch();
        var clock = System.Diagnostics.Stopwatch.StartNew();

        NotebookStripper.Strip(notebook);

        Assert.Equal("# kept", notebook.Cells.Single().Source);
        Assert.Single(JsonNode.Parse(notebook.ToJson())!["cells"]!.AsArray());
        var elapsed = clock.Elapsed;
        load.Judge(() => Assert.InRange(elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20)));
    }

    [Theory]
    [InlineData("strip")]
    [InlineData("render")]
    public async Task StripAndRender_CodeAndMagicCommands_RunNothingAndShowNoEscape(string command)
    {
        var trace = _folder.File("trace");
        var hostile = Json(
            Executed($"#!pwsh\nNew-Item {trace}"), Executed($"#!import {_folder.File("other.ipynb")}"),
            Executed("#r \"nuget: No.Such.Package, 1.0.0\""), Executed($"#load \"{_folder.File("other.csx")}\""),
            Executed($"System.IO.File.WriteAllText(@\"{trace}\", \"\");"),
            Code($"string run = System.IO.File.ReadAllText(@\"{trace}\");", NotebookCell.ParametersTag),
            Prose($"<img src=\"file://{trace}\" onerror=\"x()\"> ![x](file://{trace})"));
        _folder.Write("other.csx", $"System.IO.File.WriteAllText(@\"{trace}\", \"\");");
        var name = OperatingSystem.IsWindows() ? "a.ipynb" : "a\u001b]0;PWN\u0007\u001b[31m.ipynb";
        var input = _folder.Write(name, hostile);
        string[] options = command == "render" ? ["-o", _folder.File("page.html")] : [];

        using var runner = RunnerProcess.Start([command, input, .. options]);

        Assert.Equal(0, await runner.ExitAsync());
        Assert.False(File.Exists(trace));
        Assert.DoesNotContain('\u001b', runner.Words);
        Assert.DoesNotContain('\u0007', runner.Words);
        if (command == "strip")
            Assert.Contains("a.ipynb: stripped", runner.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void ReplaceAtomically_LinkUnderTheNameOfATemporaryFile_LeadsNowhere()
    {
        var victim = _folder.Write("victim", "as it was");
        var page = _folder.File("page.html");
        File.CreateSymbolicLink($"{page}.{Environment.ProcessId}.tmp", victim);

        BoundedFile.ReplaceAtomically(page, "new");

        Assert.Equal("new", File.ReadAllText(page));
        Assert.Equal("as it was", File.ReadAllText(victim));
    }

    [Theory]
    [InlineData("<b title='&#x202e;&#27;x'>a&#x1b;[31mb\u001b]0;t\u0007&#8234;c</b>")]
    [InlineData("<a on\u202eclick='x()' h\u2066ref='java\u2066script:x()'>d</a><scr\u202eipt>x()</scr\u202eipt>")]
    [InlineData("<a &#x202e;onclick='x()'>e</a><img src='x' on\u0001error='x()'>")]
    public void Html_OutputWithCharactersThatSteer_HasNoneAndNoScriptWithoutThem(string hostile)
    {
        var html = new NotebookHtml(Document(Executed("1", Data(("text/html", hostile)))), "n.ipynb", "n1", new ScriptRegistry()).Html;

        Assert.DoesNotContain(html, letter => letter is not ('\n' or '\t') && SafeText.IsUnsafe(letter));
        Assert.DoesNotMatch("<[^>]* on[a-z]+=", html);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("javascript:", html, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void PlainWriter_AnyText_SteersNoTerminal()
    {
        using var inner = new StringWriter();
        using var writer = new PlainWriter(inner);

        writer.WriteLine("a\u001b[31mb\u202ec\u009bd");
        writer.Write('\u0007');
        writer.Write("e\u001b]0;x\u0007f");

        Assert.Equal("abcd\nef", inner.ToString().ReplaceLineEndings("\n"));
    }

    private static void TryEverything(string json)
    {
        var notebook = NotebookDocument.Parse(Encoding.UTF8.GetBytes(json));
        _ = notebook.Cells.Select(cell => (cell.KernelName, cell.Error, cell.ExecutionCount)).ToList();
        var html = new NotebookHtml(notebook, "n.ipynb", "n1", new ScriptRegistry()).Html;
        Assert.DoesNotContain('\u001b', html);
        Assert.DoesNotContain('\u202e', html);
        new Provenance().AddFromOutputs(notebook);
        _ = NotebookStripper.FindLeftovers(notebook);
        ShippedOutputs.Reduce(NotebookDocument.Parse(Encoding.UTF8.GetBytes(json)));
        var injected = NotebookDocument.Parse(Encoding.UTF8.GetBytes(json));
        ParameterInjection.Apply(injected, RunParameters.ForRuns(injected, ["one"]));
        NotebookStripper.Strip(notebook);
        var again = NotebookDocument.Parse(Encoding.UTF8.GetBytes(notebook.ToJson()));
        Assert.Empty(NotebookStripper.FindLeftovers(again));
    }

    private static JsonObject CreateWhole()
    {
        var executed = Executed("1 + 1", Stream("2\n"), Data(("text/html", "<b>x</b>"), ("text/plain", new JsonArray("a\n", "b"))),
            Data(("image/svg+xml", "<svg></svg>"), ("application/json", new JsonObject { ["a"] = 1 }),
                (Provenance.MimeType, new JsonObject { ["runs"] = new JsonArray("r"), ["versions"] = new JsonObject { ["v"] = "1" } })),
            new JsonObject { ["output_type"] = "error", ["ename"] = "E", ["evalue"] = "v", ["traceback"] = new JsonArray("at x") });
        executed["metadata"]!["polyglot_notebook"] = new JsonObject { ["kernelName"] = "csharp" };
        executed["metadata"]!["execution"] = new JsonObject();
        var prose = Prose("# Heading\n![x](attachment:a.png)");
        prose["attachments"] = new JsonObject { ["a.png"] = new JsonObject { ["image/png"] = "AAAA" } };
        prose["id"] = "x";
        var root = JsonNode.Parse(Json(prose, Code("string run = \"a\";", "parameters"), Code("run = \"b\";", "injected-parameters"),
            executed))!.AsObject();
        var notebook = Document(prose.DeepClone().AsObject());
        notebook.Metadata["kernelspec"] = new JsonObject { ["name"] = ".net-csharp", ["language"] = "C#" };
        notebook.Metadata["polyglot_notebook"] = new JsonObject();
        EditorForm.Apply(notebook);
        root["metadata"] = notebook.Metadata.DeepClone();
        return root;
    }

    private static void Collect(JsonNode? node, List<(JsonNode Parent, object Key)> places)
    {
        if (node is JsonObject holder)
            foreach (var (name, child) in holder)
            {
                places.Add((holder, name));
                Collect(child, places);
            }
        else if (node is JsonArray items)
            for (var i = 0; i < items.Count; i++)
            {
                places.Add((items, i));
                Collect(items[i], places);
            }
    }

    private static string Output(string value) =>
        "{\"nbformat\":4,\"nbformat_minor\":5,\"metadata\":{},\"cells\":[{\"cell_type\":\"code\",\"source\":\"\",\"outputs\":["
            + "{\"output_type\":\"display_data\",\"data\":{\"application/json\":" + value + "}}]}]}";
}
