using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MemoryWall.Cli.Tests;

/// <summary>The kernel as VS Code's notebook extension starts and stops it: commands and events as lines of JSON.</summary>
public sealed class PolyglotTests : IDisposable
{
    private readonly RunsFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The extension adds each of these kernels to a notebook that it opens, so the committed ones name them.</summary>
    [Fact]
    public async Task Kernels_AreThoseOfTheCommittedNotebooks()
    {
        using var kernel = await StartAsync();
        var kernels = kernel.Ready["event"]!["kernelInfos"]!.AsArray()
            .Where(info => !(bool)info!["isComposite"]!
                && info["supportedKernelCommands"]!.AsArray().Any(command => (string?)command!["name"] == "SubmitCode"))
            .Select(info => $"{info!["localName"]} {string.Join(',', info["aliases"]!.AsArray())} {info["languageName"]}")
            .Order(StringComparer.Ordinal);
        var notebook = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Checkout(), "notebooks", "00-start-here.ipynb")))!;
        Assert.Equal(kernels, notebook["metadata"]!["polyglot_notebook"]!["kernelInfo"]!["items"]!.AsArray()
            .Select(item => $"{item!["name"]} {string.Join(',', item["aliases"]!.AsArray())} {item["languageName"]}"));
    }

    /// <summary>Stopping a cell stops its sweep. The variables stay, also those of a cell that runs at once, and the sweep can be
    /// finished.</summary>
    [LongFact]
    public async Task StoppedCell_KeepsTheKernelAndItsVariables()
    {
        using var kernel = await StartAsync();
        await kernel.RunAsync("#load \"load.csx\"");
        await kernel.RunAsync("using MemoryWall.Notebooks; using System.Linq; var earlier = 42;");
        var last = "";
        var model = "embedded:layers=12,embd=512,heads=8,kv=4,ff=2048,vocab=2048,ctx=65536";
        var (failed, _) = await kernel.RunAsync($"var run = await Sweep.RunAsync(\"{model}\", \"512,1k,2k\", 16);", line =>
        {
            if ((string?)line["eventType"] is not ("DisplayedValueProduced" or "DisplayedValueUpdated"))
                return;
            var isFirst = !last.Contains("step 3 of", StringComparison.Ordinal);
            last = (string)line["event"]!["formattedValues"]!.AsArray()
                .First(value => (string?)value!["mimeType"] == "text/plain")!["value"]!;
            if (isFirst && last.Contains("step 3 of", StringComparison.Ordinal))
                kernel.Send("Cancel", new JsonObject { ["targetKernelName"] = "csharp" });
        });
        Assert.True(failed);
        Assert.Contains("stopped", last, StringComparison.Ordinal);
        Assert.Equal((false, "43\n"), await kernel.RunAsync("var after = earlier + 1; Console.WriteLine(after);"));
        var (_, completed) = await kernel.RunAsync("""
            var whole = await Sweep.ResumeAsync(Runs.Open("latest").Manifest.RunId);
            Console.WriteLine(after + whole.Trials.Count(trial => trial.Repetition > 0 && trial.Outcome.IsCompleted));
            """);
        Assert.Equal("46\n", completed);
    }

    private async Task<Kernel> StartAsync()
    {
        var data = Path.Combine(_folder.Path, "jupyter");
        using var install = Memwall.Start(["kernel", "install"], start => start.Environment["JUPYTER_DATA_DIR"] = data);
        await install.ExitAsync();
        RequiredTools.SkipWhen(install.ExitCode == 1 && install.Error.Contains("needs the network", StringComparison.Ordinal),
            "the pinned .NET tool is not restored and the network is not available");
        var spec = JsonNode.Parse(
            await File.ReadAllTextAsync(Directory.GetFiles(data, "kernel.json", SearchOption.AllDirectories).Single()))!;
        var start = new ProcessStartInfo((string)spec["argv"]![0]!,
            [(string)spec["argv"]![1]!, "[vscode]", "stdio", "--default-kernel", "csharp",
                "--working-dir", Path.Combine(Checkout(), "notebooks")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = _folder.Path,
        };
        start.Environment["MEMWALL_RUNS"] = Path.Combine(_folder.Path, "runs");
        start.Environment["DOTNET_INTERACTIVE_CLI_TELEMETRY_OPTOUT"] = "1";
        var kernel = new Kernel(Process.Start(start)!);
        try
        {
            await kernel.BecomeReadyAsync();
            return kernel;
        }
        catch
        {
            kernel.Dispose();
            throw;
        }
    }

    private static string Checkout() =>
        MemoryWall.Runs.Checkout.Find() ?? throw new InvalidOperationException("the tests must run inside the checkout");

    private sealed class Kernel(Process process) : IDisposable
    {
        private int _number;

        /// <summary>The event with which it began.</summary>
        public JsonNode Ready { get; private set; } = new JsonObject();

        // A command that is sent before can be lost.
        public async Task BecomeReadyAsync() => Ready = await WaitAsync(line => (string?)line["eventType"] == "KernelReady");

        public string Send(string type, JsonObject command)
        {
            var token = FormattableString.Invariant($"t{++_number}");
            process.StandardInput.WriteLine(
                new JsonObject { ["commandType"] = type, ["command"] = command, ["token"] = token }.ToJsonString());
            process.StandardInput.Flush();
            return token;
        }

        /// <summary>Runs a cell; returns whether it failed, and what it wrote.</summary>
        public async Task<(bool Failed, string Output)> RunAsync(string code, Action<JsonNode>? seen = null)
        {
            var token = Send("SubmitCode", new JsonObject { ["code"] = code, ["targetKernelName"] = "csharp" });
            var output = "";
            var end = await WaitAsync(line =>
            {
                seen?.Invoke(line);
                if ((string?)line["eventType"] == "StandardOutputValueProduced")
                    output += (string)line["event"]!["formattedValues"]![0]!["value"]!;
                return (string?)line["eventType"] is "CommandSucceeded" or "CommandFailed" && (string?)line["command"]?["token"] == token;
            });
            return ((string?)end["eventType"] == "CommandFailed", output);
        }

        public async Task<JsonNode> WaitAsync(Func<JsonNode, bool> isWanted)
        {
            using var limit = new CancellationTokenSource(TestedProgram.Patience);
            var last = "";
            try
            {
                while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } text)
                {
                    last = text;
                    if (text.StartsWith('{') && JsonSerializer.Deserialize<JsonNode>(text) is { } line && isWanted(line))
                        return line;
                }
            }
            catch (OperationCanceledException)
            {
                throw new InvalidOperationException($"waited in vain for {TestedProgram.Patience}; the kernel's last event: {last}");
            }
            throw new InvalidOperationException($"the kernel ended; its last event: {last}");
        }

        public void Dispose()
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }
    }
}
