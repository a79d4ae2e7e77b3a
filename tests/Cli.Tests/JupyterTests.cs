using System.Diagnostics;

namespace MemoryWall.Cli.Tests;

/// <summary>The installed kernel in a standard Jupyter client (nbclient and jupyter_client from the system's packages).</summary>
public sealed class JupyterTests : IDisposable
{
    private const int MaxTries = 3;

    private readonly RunsFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// A notebook in a folder outside the checkout loads the engine by path, and nothing listens beyond loopback. An error of the engine is
    /// one sentence without type, stack trace and paths of this machine, and the kernel goes on.
    /// </summary>
    [LongFact]
    public async Task NotebookElsewhere_LoadsTheEngine_ListensOnLoopbackOnly_AndFailsInOneSentence()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        var broken = Directory.CreateDirectory(Path.Combine(_folder.Path, "runs", "broken")).FullName;
        await File.WriteAllTextAsync(Path.Combine(broken, "run.json"), "{");
        var words = await ClientAsync("""
            import nbformat, sys
            from nbclient import NotebookClient
            listening = '''
            var mine = System.IO.Directory.GetFiles("/proc/self/fd")
                .Select(file => new System.IO.FileInfo(file).LinkTarget ?? "")
                .Where(link => link.StartsWith("socket:["))
                .Select(link => link[8..^1])
                .ToHashSet();
            foreach (var table in new[] { "/proc/self/net/tcp", "/proc/self/net/tcp6" })
                foreach (var fields in System.IO.File.ReadLines(table).Skip(1)
                    .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
                    if (fields[3] == "0A" && mine.Contains(fields[9]))
                        Console.WriteLine("listens " + fields[1]);
            '''
            failing = [
                'Runs.Open("nosuch")', 'Runs.Open("samples/nosuch")', 'Runs.Open("broken")', 'Runs.Audited("nosuch.json")',
                'Figure.Timeline(Runs.Open("samples/context-sweep"), 999)', 'Figure.Ttft()', 'Figure.MemoryTiers("nosuch")',
                'Forecast.Table("llama-3.1-8b", "2k", "much")', 'Sweep.On("embedded").Run',
                'await Sweep.RunAsync("embedded", "abc")', 'await Sweep.RunAsync("ollama://localhost:9/none", "512")',
                'await Wall.RunAsync("embedded", "much")', 'await Compare.RunAsync("embedded:nosuch")', 'await Sweep.ResumeAsync("nosuch")']
            before = ['#load "' + sys.argv[1] + '"', "using MemoryWall.Notebooks;", "Console.Write(Runs.Samples().Count);", listening]
            notebook = nbformat.v4.new_notebook(
                cells=[nbformat.v4.new_code_cell(cell) for cell in before + failing + ['Console.Write("goes on");']],
                metadata={"kernelspec": {"name": ".net-csharp", "display_name": ".NET (C#)"}})
            NotebookClient(notebook, timeout=1800, startup_timeout=1800, allow_errors=True).execute()
            print("samples", notebook.cells[2].outputs[0]["text"])
            print("".join(output.get("text", "") for output in notebook.cells[3].outputs))
            for cell in notebook.cells[len(before):-1]:
                errors = [output for output in cell.outputs if output.output_type == "error"]
                text = errors[0].evalue if errors else ""
                print("error", len(errors), len(errors) == 1 and errors[0].traceback == [text], cell.source, "=>", repr(text))
            print("".join(output.get("text", "") for output in notebook.cells[-1].outputs))
            """, Path.Combine(Checkout(), "notebooks", "load.csx"));
        Assert.Contains($"samples {Directory.GetDirectories(Path.Combine(Checkout(), "data", "samples")).Length}", words);
        var listening = words.Where(line => line.StartsWith("listens", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(listening);
        // 127.0.0.1 and ::1, in the kernel's notation.
        Assert.All(listening,
            line => Assert.Matches("^listens (0100007F|00000000000000000000000001000000|0000000000000000FFFF00000100007F):", line));
        var errors = words.Where(line => line.StartsWith("error ", StringComparison.Ordinal)).ToList();
        Assert.Equal(14, errors.Count);
        Assert.All(errors, line =>
        {
            Assert.StartsWith("error 1 True ", line, StringComparison.Ordinal);
            var sentence = line[(line.IndexOf("=> ", StringComparison.Ordinal) + 3)..];
            Assert.DoesNotMatch(@"\\n|Exception|\bat [A-Z]\w+\.|Parameter '", sentence);
            Assert.DoesNotContain(Checkout(), sentence, StringComparison.Ordinal);
            Assert.DoesNotContain(_folder.Path, sentence, StringComparison.Ordinal);
            Assert.Matches(@"^['""]['A-Z].{10,400}\.['""]$", sentence);
        });
        Assert.Contains("goes on", words);
    }

    /// <summary>
    /// Every cell of every notebook as committed, in one kernel: a kernel takes longer to start than a notebook to run, and that each
    /// notebook runs in a kernel of its own is shown by <c>memwall notebook refresh</c>. Each figure has an HTML form with its picture,
    /// and a text form. What Jupyter would save is small, because plotly.js is not in it.
    /// </summary>
    [LongFact]
    public async Task EveryNotebook_Runs_AndItsFiguresHaveEveryForm()
    {
        var notebooks = Path.Combine(Checkout(), "notebooks");
        var words = await ClientAsync("""
            import glob, nbformat, os, sys
            from nbclient import NotebookClient
            # A figure names the sources of all figures of its kernel before it, so the largest notebook comes first.
            paths = sorted(glob.glob(os.path.join(sys.argv[1], "*.ipynb")), key=os.path.getsize, reverse=True)
            read = {path: nbformat.read(path, 4) for path in paths}
            # nbclient looks at the object itself, so the cells that it runs are those of the notebooks.
            together = nbformat.v4.new_notebook(metadata=next(iter(read.values())).metadata)
            together.cells = [cell for notebook in read.values() for cell in notebook.cells]
            for cell in together.cells:
                if cell.cell_type == "code":
                    cell.execution_count = None
            NotebookClient(together, timeout=1800, startup_timeout=1800, resources={"metadata": {"path": sys.argv[1]}}).execute()
            for path, notebook in read.items():
                shown = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
                asked = sum(source.count("Figure.") for source in shown)
                forms = [output["data"].keys() for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]
                whole = sum({"text/html", "text/plain", "application/vnd.memwall.provenance+json"} <= set(form) for form in forms)
                ran = all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
                print("ran", os.path.basename(path), asked, whole, ran)
                print("size", os.path.basename(path), len(nbformat.writes(notebook)), "plotly.js v" in nbformat.writes(notebook))
            """, notebooks);
        var ran = words.Where(line => line.StartsWith("ran ", StringComparison.Ordinal)).Select(line => line.Split(' ')).ToList();
        Assert.Equal(Directory.GetFiles(notebooks, "*.ipynb").Length, ran.Count);
        var sizes = words.Where(line => line.StartsWith("size ", StringComparison.Ordinal)).Select(line => line.Split(' ')).ToList();
        Assert.All(sizes, size =>
        {
            Assert.Equal("False", size[3]);
            Assert.InRange(int.Parse(size[2], System.Globalization.CultureInfo.InvariantCulture), 1, 400_000);
        });
        Assert.Equal(ran.Count, sizes.Count);
        Assert.All(ran, line => Assert.True(line[2] != "0" && line[2] == line[3] && line[4] == "True", string.Join(' ', line)));
    }

    /// <summary>
    /// Interrupting the cell of a sweep stops the sweep and keeps the kernel with its variables. The measured trials are on disk, and a
    /// cell of this kernel or of a new one continues with them.
    /// </summary>
    [LongFact]
    public async Task InterruptedSweep_KeepsTheKernel_AndIsResumedInANewOne()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sends signals");
        var words = await ClientAsync("""
            import queue, sys, time
            from dateutil.parser import parse
            from jupyter_client.manager import KernelManager
            def start():
                manager = KernelManager(kernel_name=".net-csharp")
                manager.start_kernel(cwd=sys.argv[1])
                client = manager.client()
                client.start_channels()
                client.wait_for_ready(timeout=1800)
                return manager, client
            def run(manager, client, code, seen=lambda message: None):
                asked, limit = client.execute(code), time.time() + 1800
                while time.time() < limit and manager.is_alive():
                    try:
                        message = client.get_iopub_msg(timeout=1)
                    except queue.Empty:
                        continue
                    if message["parent_header"].get("msg_id") == asked:
                        seen(message)
                        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                            return
            def tell(message):
                if message["msg_type"] in ("stream", "error"):
                    print("told", message["content"].get("text", message["content"].get("evalue", "")).strip())
            times, ids, stopped = [], set(), []
            manager, client = start()
            def watch(message):
                if message["msg_type"] in ("display_data", "update_display_data"):
                    # When it was sent: a client that was not scheduled for a while receives several at once.
                    # The client leaves a date with seven digits of a second as it is written.
                    times.append(parse(str(message["header"]["date"])).timestamp())
                    ids.add(message["content"]["transient"].get("display_id"))
                    if "step 3 of" in message["content"]["data"]["text/plain"] and not stopped:
                        stopped.append(True)
                        manager.interrupt_kernel()
            try:
                run(manager, client, '#load "load.csx"')
                run(manager, client, "using MemoryWall.Notebooks; using System.Linq; var earlier = 42;")
                model = "layers=12,embd=512,heads=8,kv=4,ff=2048,vocab=2048,ctx=65536"
                errors = []
                def watch_all(message):
                    watch(message)
                    if message["msg_type"] == "error":
                        errors.append(message["content"]["evalue"])
                run(manager, client, 'var run = await Sweep.RunAsync("embedded:' + model + '", "512,1k,4k", 16);', watch_all)
                print("stopped", len(errors), "Sweep.ResumeAsync" in errors[0] if errors else "", "/" in "".join(errors))
                print("said", errors)
                run(manager, client, '''
                    Console.WriteLine(earlier);
                    Console.WriteLine(Runs.Open("latest").Trials.Count(trial => trial.Repetition > 0 && trial.Outcome.IsCompleted) < 3);
                    ''', tell)
                rate = max(sum(1 for other in times if at <= other < at + 1) for at in times)
                print("rate", rate, "outputs", len(ids), "stopped", len(stopped))
            finally:
                manager.shutdown_kernel(now=True)
            manager, client = start()
            try:
                run(manager, client, '#load "load.csx"')
                run(manager, client, "using MemoryWall.Notebooks; using System.Linq;")
                run(manager, client, '''
                    var before = Runs.Open("latest");
                    Console.WriteLine(before.Trials.Count(trial => trial.Repetition > 0 && trial.Outcome.IsCompleted) < 3);
                    ''', tell)
                run(manager, client, "var whole = await Sweep.ResumeAsync(before.Manifest.RunId);", tell)
                run(manager, client, '''
                    var completed = whole.Trials.Where(trial => trial.Repetition > 0 && trial.Outcome.IsCompleted);
                    Console.WriteLine(string.Join(" ", completed.Select(trial => trial.ContextTokens).Order()));
                    ''', tell)
            finally:
                manager.shutdown_kernel(now=True)
            """, Path.Combine(Checkout(), "notebooks"));
        var rate = words.Single(line => line.StartsWith("rate ", StringComparison.Ordinal)).Split(' ');
        Assert.InRange(int.Parse(rate[1], System.Globalization.CultureInfo.InvariantCulture), 1, 5);
        Assert.Equal(["1", "stopped", "1"], rate[3..]);
        // One sentence names the run and the way on.
        Assert.True(words.Contains("stopped 1 True False"), string.Join('\n', words));
        Assert.Equal(["told 42", "told True", "told True", "told 512 1024 4096"],
            words.Where(line => line.StartsWith("told ", StringComparison.Ordinal)));
    }

    /// <summary>Runs a Python script with only this kernel in Jupyter's folder; returns the lines that it wrote.</summary>
    private async Task<IReadOnlyList<string>> ClientAsync(string script, params string[] arguments)
    {
        var python = await PythonAsync();
        RequiredTools.SkipWhen(python is null, "nbclient for python3 is not installed: apt-get install python3-nbclient");
        var jupyter = Path.Combine(_folder.Path, "jupyter");
        using (var install = Memwall.Start(["kernel", "install"], start => start.Environment["JUPYTER_DATA_DIR"] = jupyter))
        {
            await install.ExitAsync();
            RequiredTools.SkipWhen(install.ExitCode == 1 && install.Error.Contains("needs the network", StringComparison.Ordinal),
                "the pinned .NET tool is not restored and the network is not available");
            Assert.True(install.ExitCode == 0, install.Error);
        }
        var elsewhere = Directory.CreateDirectory(Path.Combine(_folder.Path, "elsewhere")).FullName;
        var start = new ProcessStartInfo(python, ["-c", script, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = elsewhere
        };
        start.Environment["JUPYTER_DATA_DIR"] = jupyter;
        start.Environment["MEMWALL_RUNS"] = Path.Combine(_folder.Path, "runs");
        var (exitCode, output, error) = await RunAsync(start);
        // Jupyter's client finds free ports and closes them again before its kernel opens them: another program may be faster.
        for (var tries = 1; tries < MaxTries && error.Contains("AddressAlreadyInUseException", StringComparison.Ordinal); tries++)
            (exitCode, output, error) = await RunAsync(start);
        Assert.True(exitCode == 0, output + error);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var (output, error) = (new Printed(), new Printed());
        process.OutputDataReceived += output.Add;
        process.ErrorDataReceived += error.Add;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            var exitCode = await TestedProgram.ExitAsync(process, () => output.ToString() + error);
            return (exitCode, output.ToString(), error.ToString());
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static string Checkout() =>
        MemoryWall.Runs.Checkout.Find() ?? throw new InvalidOperationException("the tests must run inside the checkout");

    // Debian's packages belong to the system's Python, which another Python on PATH may hide.
    private static async Task<string?> PythonAsync()
    {
        foreach (var python in new[] { "python3", "/usr/bin/python3" })
        {
            try
            {
                using var process = Process.Start(
                    new ProcessStartInfo(python, ["-c", "import nbclient, nbformat, jupyter_client"]) { RedirectStandardError = true })!;
                await process.WaitForExitAsync();
                if (process.ExitCode == 0)
                    return python;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // No program of that name is installed.
            }
        }
        return null;
    }
}
