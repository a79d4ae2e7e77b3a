using System.Text.Json.Nodes;

namespace MemoryWall.Cli.Tests;

/// <summary>Notebooks from the command line: running, reports, and the kernel for Jupyter.</summary>
public sealed class NotebookTests : IDisposable
{
    private readonly RunsFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string File(string name) => Path.Combine(_folder.Path, name);

    private string Write(string name, params string[] cells)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File(name))!);
        System.IO.File.WriteAllText(File(name), Notebook(cells));
        return File(name);
    }

    // A cell that begins with // Parameters gets the tag.
    private static string Notebook(string[] cells) => new JsonObject
    {
        ["cells"] = new JsonArray(cells.Select((source, index) => (JsonNode)new JsonObject
        {
            ["cell_type"] = "code",
            ["execution_count"] = null,
            ["id"] = $"c{index}",
            ["metadata"] = source.StartsWith("// Parameters", StringComparison.Ordinal)
                ? new JsonObject { ["tags"] = new JsonArray("parameters") }
                : new JsonObject(),
            ["outputs"] = new JsonArray(),
            ["source"] = source,
        }).ToArray()),
        ["metadata"] = new JsonObject
        {
            ["kernelspec"] = new JsonObject
            {
                ["display_name"] = ".NET (C#)",
                ["language"] = "C#",
                ["name"] = ".net-csharp"
            },
            ["language_info"] = new JsonObject { ["name"] = "C#" }
        },
        ["nbformat"] = 4,
        ["nbformat_minor"] = 5,
    }.ToJsonString();

    private async Task<Memwall> JupyterAsync(params string[] args)
    {
        var memwall = Memwall.Start(args, start => start.Environment["JUPYTER_DATA_DIR"] = File("jupyter"));
        await memwall.ExitAsync();
        return memwall;
    }

    private string Spec => File("jupyter/kernels/.net-csharp/kernel.json");

    [Fact]
    public async Task Notebook_RunRenderStrip_StartTheRunner()
    {
        var notebook = Write("nb.ipynb", "// Parameters\nint n = 1;", "Console.Write($\"n is {n}\");");
        using (var run = await Memwall.RunAsync("notebook", "run", notebook, "-p", "n=5"))
            Assert.True(run.ExitCode == 0, run.Error);
        using (var render = await Memwall.RunAsync("notebook", "render", notebook, "--output", File("out.html")))
            Assert.True(render.ExitCode == 0, render.Error);
        Assert.Contains("n is 5", System.IO.File.ReadAllText(File("out.html")));
        using (var check = await Memwall.RunAsync("notebook", "strip", notebook, "--check"))
            Assert.Equal(6, check.ExitCode);
        using (var wrong = await Memwall.RunAsync("notebook", "run", notebook, "--nonsense"))
            Assert.Equal(2, wrong.ExitCode);
        using var failing = await Memwall.RunAsync("notebook", "run", Write("bad.ipynb", "throw new Exception(\"boom\");"));
        Assert.Equal(6, failing.ExitCode);
        Assert.Contains("boom", failing.Error);
    }

    [LongFact]
    public async Task Notebook_Interrupted_IsWrittenAndEndsWith130()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sends signals");
        var notebook = Write("nb.ipynb", "Console.Write(\"before\");",
            "System.IO.File.WriteAllText(\"started\", \"\"); await System.Threading.Tasks.Task.Delay(-1);");
        using var memwall = Memwall.Start("notebook", "run", notebook);
        await memwall.WaitForAsync(() => System.IO.File.Exists(File("started")));
        // The signal goes to memwall alone, as from kill and not as from a terminal, so memwall must pass it on to the runner.
        memwall.Interrupt();
        Assert.Equal(130, await memwall.ExitAsync());
        var cells = JsonNode.Parse(System.IO.File.ReadAllText(notebook))!["cells"]!;
        Assert.Equal("before", (string)cells[0]!["outputs"]![0]!["text"]![0]!);
        Assert.Equal("Interrupted", (string)cells[1]!["outputs"]![0]!["ename"]!);
    }

    [LongFact]
    public async Task Notebook_MemwallKilled_RunnerEndsToo()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        using var memwall = Memwall.Start("notebook", "run",
            Write("nb.ipynb", "System.IO.File.WriteAllText(\"started\", \"\"); while (true) ;"));
        await memwall.WaitForAsync(() => System.IO.File.Exists(File("started")));
        using var runner = memwall.Child();
        memwall.Kill();
        Assert.True(runner.WaitForExit(TestedProgram.Patience), "the runner outlived memwall");
    }

    [Fact]
    public async Task Report_NotebookByItsShortName_IsOneHtmlFile()
    {
        Write("notebooks/01-my-sweep.ipynb", "// Parameters\nstring runName = \"samples/x\"; int n = 1;",
            $"Console.Write($\"{{runName}} {{n}} {{Environment.GetEnvironmentVariable(\"MEMWALL_RUNS\") == @\"{_folder.Path}\"}}\");");
        using var report = await Memwall.RunAsync("report", "my-sweep", "--notebooks", File("notebooks"), "--run", "kv-f16", "-p",
            "n=2", "--runs", _folder.Path);
        Assert.True(report.ExitCode == 0, report.Error);
        var html = System.IO.File.ReadAllText(File("reports/kv-f16/my-sweep.html"));
        Assert.Contains("samples/kv-f16 2 True", html);
    }

    [Fact]
    public async Task Report_WhatIsNotThere_IsAnErrorThatListsWhatIs()
    {
        Write("notebooks/01-my-sweep.ipynb", "1");
        using (var report = await Memwall.RunAsync("report", "other", "--notebooks", File("notebooks")))
        {
            Assert.Equal(2, report.ExitCode);
            Assert.Contains("my-sweep", report.Error);
        }
        using var run = await Memwall.RunAsync("report", "01-my-sweep", "--notebooks", File("notebooks"), "--run", "nope", "--runs",
            _folder.Path);
        Assert.Equal(5, run.ExitCode);
    }

    [Fact]
    public async Task Kernel_SpecOfAnotherProgram_StaysUnlessForced()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Spec)!);
        System.IO.File.WriteAllText(Spec, "{\"argv\":[\"dotnet\"],\"display_name\":\"stock\"}");
        using (var install = await JupyterAsync("kernel", "install"))
        {
            Assert.Equal(1, install.ExitCode);
            Assert.Contains("--force", install.Error);
        }
        using (var uninstall = await JupyterAsync("kernel", "uninstall"))
            Assert.Equal(1, uninstall.ExitCode);
        using (var list = await JupyterAsync("kernel", "list"))
            Assert.Contains("stock (not written by memwall)", list.Output);
        Assert.Contains("stock", System.IO.File.ReadAllText(Spec));
    }

    [Fact]
    public async Task Kernel_Installed_IsPinnedAndLocal_AndGoesAgain()
    {
        await InstallAsync();
        var spec = JsonNode.Parse(System.IO.File.ReadAllText(Spec))!;
        var arguments = spec["argv"]!.AsArray().Select(argument => (string)argument!).ToList();
        Assert.True(System.IO.File.Exists(arguments[0]) && System.IO.File.Exists(arguments[1]));
        Assert.Contains("1.0.712001", arguments[1]);
        Assert.Contains("--http-local-only", arguments);
        System.IO.File.WriteAllText(Path.Combine(Path.GetDirectoryName(Spec)!, "logo.png"), "mine");
        using (var again = await JupyterAsync("kernel", "install"))
            Assert.True(again.ExitCode == 0, again.Error);
        using (var list = await JupyterAsync("kernel", "list"))
            Assert.Contains("(written by memwall, ", list.Output);
        using (var uninstall = await JupyterAsync("kernel", "uninstall"))
            Assert.True(uninstall.ExitCode == 0, uninstall.Error);
        Assert.False(System.IO.File.Exists(Spec));
        Assert.True(System.IO.File.Exists(Path.Combine(Path.GetDirectoryName(Spec)!, "logo.png")), "what others put there stays");
    }

    private async Task InstallAsync()
    {
        using var install = await JupyterAsync("kernel", "install");
        RequiredTools.SkipWhen(install.ExitCode == 1 && install.Error.Contains("needs the network", StringComparison.Ordinal),
            "the pinned .NET tool is not restored and the network is not available");
        Assert.True(install.ExitCode == 0, install.Error);
    }
}
