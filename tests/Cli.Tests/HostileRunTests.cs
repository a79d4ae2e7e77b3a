using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MemoryWall.Core.Files;
using MemoryWall.Core.Primitives;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;

namespace MemoryWall.Cli.Tests;

/// <summary>Foreign runs with hostile texts, in every command that shows or hands over a run, and in a page of a
/// notebook.</summary>
public sealed partial class HostileRunTests : IDisposable
{
    private readonly RunsFolder _runs = new();

    public void Dispose() => _runs.Dispose();

    private string Add(string sample) => HostileRun.Copy(Directory.GetDirectories(SampleRuns.Find(sample)!).Single(), _runs.Path);

    public static TheoryData<string[]> Commands => new(
        new[] { "runs", "list" }, ["runs", "list", "--json"], ["runs", "show", "ID"], ["runs", "show", "ID", "--json"], ["audit", "PATH"],
        ["runs", "export", "ID"], ["export", "ID", "--to", "pptx", "--output", "OUT.pptx"],
        ["export", "ID", "--to", "xlsx", "--output", "OUT.xlsx"]);

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Command_HostileTexts_NeitherSteerNorCompute(string[] arguments)
    {
        var id = Add("context-sweep");
        var output = Path.Combine(_runs.Path, "out");
        var line = arguments.Select(argument => argument.Replace("ID", id, StringComparison.Ordinal)
            .Replace("PATH", Path.Combine(_runs.Path, id), StringComparison.Ordinal)
            .Replace("OUT", output, StringComparison.Ordinal));
        string[] options = arguments[0] == "audit" ? [] : ["--runs", _runs.Path];

        using var memwall = await InProcess.RunAsync([.. line, .. options]);

        Assert.True(memwall.ExitCode is 0, memwall.Error);
        AssertClean(memwall.Output);
        AssertClean(memwall.Error);
        foreach (var file in Directory.GetFiles(_runs.Path, "out.*"))
        {
            foreach (var part in ReadTexts(file))
            {
                AssertClean(part);
                Assert.DoesNotContain("<script>alert", part, StringComparison.Ordinal);
                Assert.DoesNotContain("<f>", part, StringComparison.Ordinal);
            }
        }
        if (arguments is ["runs", "export", ..])
            Assert.DoesNotContain(memwall.Output.Split([',', '\n']),
                cell => cell.TrimStart('"').StartsWith("=cmd", StringComparison.Ordinal));
    }

    /// <summary>Each notebook with the parameters by which it shows foreign runs alone, as a bundle, in a lake, or beside a foreign trace.
    /// RUN is a sweep, WALLS are systems, SESSIONS conversations.</summary>
    public static TheoryData<string, string[]> Notebooks => new()
    {
        { "start-here", ["systems=WALLS"] },
        { "context-sweep", ["sample=RUN"] },
        { "prefill-vs-generation", ["runName=RUN"] },
        { "kv-cache-and-memory", ["runName=RUN", "kvRuns=RUN,OTHER"] },
        { "memory-wall", ["runNames=WALLS"] },
        { "compare", ["first=RUN", "second=OTHER"] },
        { "telemetry", ["runName=RUN"] },
        { "findings", ["runName=RUN", "runNames=WALLS", "sessionNames=SESSIONS"] },
        { "sessions", ["runName=RUN", "trace=TRACE", "sessionNames=SESSIONS"] },
        { "machines", ["runs=BUNDLE", "prices="] },
        { "machines", ["runs=LAKE", "prices="] },
    };

    [LongTheory]
    [MemberData(nameof(Notebooks))]
    public async Task Notebook_HostileRuns_AreTextInItsOutputsAndItsPage(string notebook, string[] parameters)
    {
        var values = await CreateValuesAsync(string.Concat(parameters));
        var page = Path.Combine(_runs.Path, "page", "index.html");
        var before = List();

        using var report = await Memwall.RunAsync(["report", notebook, "--runs", _runs.Path, "--output", page,
            .. parameters.SelectMany(parameter => new[] { "--parameter", Fill(parameter, values) })]);

        Assert.True(report.ExitCode == 0, report.Error);
        AssertClean(report.Error);
        await AssertPageIsTextAsync(page);
        AssertOutputsAreText(Path.ChangeExtension(page, ".ipynb"));
        // The runs stay as they were, and only the page and what a notebook measures itself is new.
        var after = List();
        Assert.Equal(before, before.Where(after.Contains));
        Assert.All(after.Except(before).Select(entry => Path.GetRelativePath(_runs.Path, entry.Split(' ')[0])),
            entry => Assert.Matches(@"^page[/\\]index\.(html|ipynb)$|^20\d{6}-\d{6}-[0-9a-f]{8}[/\\]", entry));
        await AssertBrowserRunsNothingAsync(page);
    }

    [LongFact]
    public async Task Findings_HostileRuns_AreText()
    {
        string[] runs = [Add("context-sweep"), Add("wall-standard"), Add("wall-managed"), Add("sessions-tier")];
        var page = Path.Combine(_runs.Path, "page", "index.html");

        using var report = await Memwall.RunAsync(["report", "findings", .. runs.SelectMany(run => new[] { "--run", run }),
            "--runs", _runs.Path, "--output", page]);

        Assert.True(report.ExitCode == 0, report.Error);
        AssertClean(report.Error);
        await AssertPageIsTextAsync(page);
        await AssertBrowserRunsNothingAsync(page);
    }

    // What the parameters of notebooks name; only what they do is made.
    private async Task<Dictionary<string, string>> CreateValuesAsync(string wanted)
    {
        var values = new Dictionary<string, string>();
        void Fill(string name, Func<string> create)
        {
            if (wanted.Contains(name, StringComparison.Ordinal))
                values[name] = create();
        }
        Fill("RUN", () => Add("kv-f16"));
        Fill("OTHER", () => Add("kv-q8_0"));
        Fill("WALLS", () => string.Join(',', new[] { "wall-standard", "wall-no-swap", "wall-managed" }.Select(Add)));
        Fill("SESSIONS", () => string.Join(',', new[] { "sessions-recompute", "sessions-ram", "sessions-tier" }.Select(Add)));
        Fill("TRACE", WriteTrace);
        if (wanted.Contains("BUNDLE", StringComparison.Ordinal))
            values["BUNDLE"] = await ExportAsync();
        if (wanted.Contains("LAKE", StringComparison.Ordinal))
            values["LAKE"] = await FillLakeAsync();
        return values;
    }

    private static string Fill(string parameter, Dictionary<string, string> values) =>
        values.Aggregate(parameter, (text, value) => text.EndsWith(value.Key, StringComparison.Ordinal)
            || text.Contains(value.Key + ",", StringComparison.Ordinal)
                ? text.Replace(value.Key, value.Value, StringComparison.Ordinal)
                : text);

    // The requests of the project's trace, each with a text that it does not need.
    private string WriteTrace()
    {
        var path = Path.Combine(_runs.Path, "trace.jsonl");
        File.WriteAllLines(path, File.ReadLines(ProgramFiles.Resolve("data/traces/example-conversation.jsonl")).Select(line =>
        {
            var request = JsonNode.Parse(line)!.AsObject();
            request[HostileRun.Text] = HostileRun.Text;
            return request.ToJsonString();
        }));
        return path;
    }

    private async Task<string> ExportAsync()
    {
        var bundle = Path.Combine(_runs.Path, "bundle.zip");
        var id = Add("context-sweep");
        using var export = await InProcess.RunAsync("runs", "export", id, "--bundle", "--output", bundle, "--runs", _runs.Path);
        Assert.True(export.ExitCode == 0, export.Error);
        Directory.Delete(Path.Combine(_runs.Path, id), recursive: true);
        return bundle;
    }

    private async Task<string> FillLakeAsync()
    {
        var lake = Path.Combine(_runs.Path, "lake");
        using var added = await InProcess.RunAsync("lake", "add", Add("context-sweep"), Add("wall-standard"), "--lake", lake, "--runs",
            _runs.Path);
        Assert.True(added.ExitCode == 0, added.Error);
        AssertClean(added.Output + added.Error);
        using var query = await InProcess.RunAsync("lake", "query", "SELECT * FROM runs", "--lake", lake);
        Assert.True(query.ExitCode == 0, query.Error);
        AssertClean(query.Output + query.Error);
        return lake;
    }

    // Every file with the checksum of its bytes, but for the lease by which an observer says that it looks.
    private List<string> List() => [.. Directory.GetFiles(_runs.Path, "*", SearchOption.AllDirectories)
        .Where(path => Path.GetFileName(path) != RunFiles.ObserverLease)
        .Select(path => $"{path} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))}").Order(StringComparer.Ordinal)];

    private static async Task AssertPageIsTextAsync(string page)
    {
        var html = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        // The library of the figures has an escape in its own code.
        AssertClean(Library().Replace(html, ""));
        Assert.Null(HostileRun.FindElement(html));
        Assert.Matches("<meta http-equiv=\"Content-Security-Policy\" content=\"[^\"]*default-src 'none'", html);
        Assert.DoesNotContain("This part could not be made", html, StringComparison.Ordinal);
        Assert.Contains("alert(1)", html, StringComparison.Ordinal);
    }

    // What an editor shows of the executed notebook.
    private static void AssertOutputsAreText(string notebook)
    {
        var outputs = JsonNode.Parse(File.ReadAllText(notebook))!["cells"]!.AsArray()
            .SelectMany(cell => cell!["outputs"]?.AsArray() ?? []).ToList();
        foreach (var text in outputs.SelectMany(ReadStrings))
            AssertClean(text);
        var pages = outputs.SelectMany(output => output!["data"]?.AsObject() ?? [])
            .Where(form => form.Key is "text/html" or "image/svg+xml").SelectMany(form => ReadStrings(form.Value)).ToList();
        Assert.NotEmpty(pages);
        Assert.Null(HostileRun.FindElement(string.Concat(pages)));
    }

    private static IEnumerable<string> ReadStrings(JsonNode? node) => node switch
    {
        JsonObject holder => holder.SelectMany(entry => ReadStrings(entry.Value)),
        JsonArray items => items.SelectMany(ReadStrings),
        JsonValue value when value.TryGetValue<string>(out var text) => [text],
        _ => [],
    };

    // A script of the page's own look at what a hostile one would do; what a page loads or its policy forbids is in the console.
    private static async Task AssertBrowserRunsNothingAsync(string page)
    {
        const string Watch = "<script>window.alert=function(){document.documentElement.setAttribute('data-hostile','alert')}</script>";
        var html = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        var watched = Path.ChangeExtension(page, ".watched.html");
        var head = html.IndexOf("<head>", StringComparison.Ordinal) + "<head>".Length;
        Assert.True(head > "<head>".Length);
        await File.WriteAllTextAsync(watched, html.Insert(head, Watch), TestContext.Current.CancellationToken);

        var (dom, console) = await Chromium.OpenAsync(watched, waitMilliseconds: 8000);

        Assert.DoesNotContain("data-hostile=", dom, StringComparison.Ordinal);
        Assert.DoesNotContain("<img src=\"x\"", dom, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("CONSOLE", console, StringComparison.Ordinal);
    }

    private static IEnumerable<string> ReadTexts(string file)
    {
        using var archive = ZipFile.OpenRead(file);
        foreach (var entry in archive.Entries.Where(entry => Path.GetExtension(entry.Name) is ".xml" or ".svg" or ".rels"))
        {
            using var reader = new StreamReader(entry.Open());
            yield return reader.ReadToEnd();
        }
    }

    [GeneratedRegex("<script>if\\(!window.Plotly\\).*?</script>", RegexOptions.Singleline)]
    private static partial Regex Library();

    private static void AssertClean(string text)
    {
        var at = text.AsSpan().IndexOfAnyExceptInRange(' ', '~');
        for (; at >= 0 && at < text.Length; at++)
        {
            if (text[at] is not ('\n' or '\r' or '\t') && SafeText.IsUnsafe(text[at]))
                Assert.Fail($"U+{(int)text[at]:X4} after '{SafeText.ToSingleLine(text[Math.Max(0, at - 120)..at])}'");
        }
    }
}
