using System.Diagnostics;
using System.Text.RegularExpressions;
using MemoryWall.Cli.Pages;
using MemoryWall.Export.Pictures;

namespace MemoryWall.Cli.Tests;

/// <summary>The page that is handed over: about its own runs alone, without anything of this machine, and on paper.</summary>
public sealed partial class PageTests : IDisposable
{
    private readonly RunsFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string File(string name) => Path.Combine(_folder.Path, name);

    [LongFact]
    public async Task Findings_OfOwnRuns_LeakNothingAndFitOnPaper()
    {
        string[] runs = [CopySample("context-sweep"), CopySample("wall-no-swap"), CopySample("wall-managed")];
        var isPrinted = Browser.Find() is not null && RequiredTools.Finds("pdftotext");
        using (var report = await Memwall.RunAsync(["report", "findings", .. runs.SelectMany(run => new[] { "--run", run }), "--runs",
            _folder.Path, "--output", File("page/index.html"), "--customer", "A & <B>", .. isPrinted ? ["--pdf"] : Array.Empty<string>()]))
            Assert.True(report.ExitCode == 0, report.Error);
        var html = await System.IO.File.ReadAllTextAsync(File("page/index.html"), TestContext.Current.CancellationToken);
        Assert.InRange(html.Length, 1, 6_000_000);
        Assert.Contains("Prepared for A &amp; &lt;B&gt;", html);
        // The script of the library is the same in every page.
        var own = LongScript().Replace(html, "");
        Assert.Equal(runs.Order(), RunId().Matches(own).Select(match => match.Value).Distinct().Order());
        Assert.DoesNotContain("Sample data", own);
        Assert.DoesNotContain("This part could not be made", own);
        AssertNothingLeaks(own);
        RequiredTools.SkipWhen(!isPrinted, "Chromium or pdftotext is not installed");
        await AssertFitsOnPaperAsync(File("page/index.html"), File("page/index.pdf"));
    }

    [Fact]
    public async Task Study_ThatCannotMeasure_WritesAPageThatSaysWhy()
    {
        using var study = await Memwall.RunAsync("study", "--quick", "--target", "openai://127.0.0.1:1/model", "--runs", _folder.Path,
            "--output", File("page/index.html"));
        Assert.Equal(3, study.ExitCode);
        var html = await System.IO.File.ReadAllTextAsync(File("page/index.html"), TestContext.Current.CancellationToken);
        Assert.Contains("The sweep did not run: ", html);
        AssertNothingLeaks(html);
    }

    [Fact]
    public async Task Report_OptionsOfThePage_AreChecked()
    {
        using (var customer = await InProcess.RunAsync("report", "context-sweep", "--customer", "X"))
        {
            Assert.Equal(2, customer.ExitCode);
            Assert.Contains("--customer", customer.Error);
        }
        using var logo = await InProcess.RunAsync("report", "findings", "--logo", File("none.png"), "--output", File("page.html"));
        Assert.Equal(2, logo.ExitCode);
        Assert.Contains("none.png", logo.Error);
    }

    [Theory]
    [InlineData("x.pdf", "x.pdf", false)]
    [InlineData("x.ipynb", "x.ipynb", false)]
    [InlineData("paper.html", "paper.pdf", true)]
    [InlineData("page.html", "findings.ipynb", false)]
    public async Task Report_OutputThatWouldReplaceAnotherFile_IsRefused(string output, string own, bool withPdf)
    {
        await System.IO.File.WriteAllTextAsync(File(own), "mine", TestContext.Current.CancellationToken);
        using var report = await InProcess.RunAsync(["report", "findings", "--output", File(output),
            .. withPdf ? ["--pdf"] : Array.Empty<string>()]);
        Assert.Equal(2, report.ExitCode);
        Assert.Contains(own, report.Error);
        Assert.Equal("mine", await System.IO.File.ReadAllTextAsync(File(own), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Report_PageBesideTheNotebookThatItIsMadeFrom_IsRefused_AlsoWithForce()
    {
        await System.IO.File.WriteAllTextAsync(File("01-own.ipynb"), "mine", TestContext.Current.CancellationToken);
        using var report = await InProcess.RunAsync("report", "own", "--notebooks", _folder.Path, "--run", "samples/kv-f16", "--output",
            File("01-own.html"), "--force");
        Assert.Equal(2, report.ExitCode);
        Assert.Contains("01-own.ipynb', which is read", report.Error, StringComparison.Ordinal);
        Assert.Equal("mine", await System.IO.File.ReadAllTextAsync(File("01-own.ipynb"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("--target", "embedded:nope")]
    [InlineData("--cap", "1B")]
    [InlineData("--target", "ollama//x")]
    public async Task Study_WithAMistake_StartsNothingAndLeavesNoPage(string option, string value)
    {
        using var study = await Memwall.RunAsync("study", "--quick", option, value, "--runs", _folder.Path, "--output",
            File("page/index.html"));

        Assert.Equal(3, study.ExitCode);
        Assert.Contains("cannot run: ", study.Error);
        Assert.DoesNotContain("starting", study.Error);
        Assert.False(Directory.Exists(File("page")));
    }

    [Fact]
    public void Check_FilesOfThisProgram_AreReplacedAndOthersAreNot()
    {
        var (page, pdf) = (File("p.html"), File("p.pdf"));
        System.IO.File.WriteAllText(page, $"<!doctype html>\n<head>{MemoryWall.Charts.PageMark.Html}");
        System.IO.File.WriteAllText(pdf, $"%PDF-1.7 …\n%%EOF\n{MemoryWall.Charts.PageMark.Pdf}\n");
        var metadata = new System.Text.Json.Nodes.JsonObject();
        System.IO.File.WriteAllText(File("p.ipynb"),
            MemoryWall.Charts.PageMark.WriteNotebook(metadata, () => "{\"metadata\": " + metadata.ToJsonString().Replace(":", ": ") + "}",
                marked: true));
        PageFiles.Check(page, File("p.ipynb"), withPdf: true, force: false);

        System.IO.File.WriteAllText(pdf, "%PDF-1.7 mine");
        Assert.Contains("--force", Assert.Throws<FormatException>(() => Check(withPdf: true, force: false)).Message);
        Check(withPdf: true, force: true);
        System.IO.File.AppendAllText(File("p.ipynb"), " ");
        Assert.Contains("was edited", Assert.Throws<FormatException>(() => Check(withPdf: false, force: false)).Message);
        System.IO.File.Delete(File("p.ipynb"));
        System.IO.File.WriteAllText(page, "<p>mine");
        Assert.Contains("p.html", Assert.Throws<FormatException>(() => Check(withPdf: false, force: false)).Message);

        void Check(bool withPdf, bool force) => PageFiles.Check(page, File("p.ipynb"), withPdf, force);
    }

    [Fact]
    public async Task Notebook_ThatSomebodyChanged_IsTakenAsItWasCommitted()
    {
        Assert.SkipUnless(RequiredTools.Finds("git"), "git is not installed");
        var notebook = File("notebooks/07-findings.ipynb");
        Directory.CreateDirectory(Path.GetDirectoryName(notebook)!);
        await System.IO.File.WriteAllTextAsync(notebook, "committed", TestContext.Current.CancellationToken);
        var copies = Directory.CreateDirectory(File("copies")).FullName;
        Assert.Equal("committed", await ReadCopyAsync());
        Git("init", "--quiet");
        Git("add", ".");
        Git("-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "--quiet", "-m", "x");
        await System.IO.File.WriteAllTextAsync(notebook, "changed", TestContext.Current.CancellationToken);
        Assert.Equal("committed", await ReadCopyAsync());

        async Task<string> ReadCopyAsync() =>
            await System.IO.File.ReadAllTextAsync(await PristineNotebook.CopyAsync(notebook, copies));
        void Git(params string[] words)
        {
            using var git = Process.Start(new ProcessStartInfo("git", ["-C", Path.GetDirectoryName(notebook)!, .. words]))!;
            git.WaitForExit();
            Assert.Equal(0, git.ExitCode);
        }
    }

    private static void AssertNothingLeaks(string html)
    {
        var checkout = Runs.Checkout.FindAbove(AppContext.BaseDirectory)!;
        foreach (var path in new[] { Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), checkout, Path.GetTempPath() })
            Assert.DoesNotContain(path.TrimEnd('/') + "/", html);
        // A short name such as root occurs in words, and localhost in every machine.
        if (Environment.UserName.Length > 5)
            Assert.DoesNotContain(Environment.UserName, html);
        if (Environment.MachineName.Length > 5 && Environment.MachineName != "localhost")
            Assert.DoesNotContain(Environment.MachineName, html);
        Assert.DoesNotMatch("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", html);
        Assert.DoesNotMatch(@"\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{40}([0-9a-f]{24})?\b", html);
        Assert.DoesNotMatch(@"\n\s+at [\w.]+\(", html);
        foreach (var trace in new[] { "StackTrace", "Exception:", "Building the engine", ".csproj", "load.csx\"  " })
            Assert.DoesNotContain(trace, html);
    }

    private async Task AssertFitsOnPaperAsync(string page, string pdf)
    {
        Assert.InRange(CountPages(await ReadToolAsync("pdfinfo", pdf)), 2, 20);
        var first = await ReadToolAsync("pdftotext", "-layout", "-l", "1", pdf, "-");
        var second = await ReadToolAsync("pdftotext", "-layout", "-f", "2", "-l", "2", pdf, "-");
        Assert.Contains("Keep in mind", first);
        Assert.DoesNotContain("The memory wall\n", first);
        Assert.Contains("The memory wall", second);
        Assert.Contains("1 / ", first);
        var all = await ReadToolAsync("pdftotext", "-layout", pdf, "-");
        // The last columns of the widest tables.
        foreach (var column in new[] { "regime", "outcome" })
            Assert.Contains(column, all);
        Assert.Contains("What this page rests on", all);
        // Paper is white, also where the screen is dark.
        var dark = File("page/dark.pdf");
        await ReadToolAsync(FindChromium(), "--headless", "--no-sandbox", "--disable-gpu", $"--user-data-dir={File("profile")}",
            "--blink-settings=preferredColorScheme=0", "--no-pdf-header-footer", $"--print-to-pdf={dark}", new Uri(page).AbsoluteUri);
        await ReadToolAsync("pdftoppm", "-gray", "-r", "20", "-l", "2", dark, File("page/dark"));
        foreach (var picture in Directory.GetFiles(File("page"), "dark-*.pgm"))
            Assert.True(System.IO.File.ReadAllBytes(picture).Skip(20).Average(grey => (double)grey) > 200, "paper is dark");
    }

    private string CopySample(string name) => Path.GetFileName(RunsFolder.CopySample(name, _folder.Path));

    private static int CountPages(string info) =>
        int.Parse(Regex.Match(info, @"Pages:\s+(\d+)").Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<string> ReadToolAsync(string program, params string[] words)
    {
        var start = new ProcessStartInfo(program, words) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var tool = Process.Start(start)!;
        var errors = tool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var text = await tool.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await tool.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(tool.ExitCode == 0, await errors);
        return text;
    }

    private static string FindChromium() =>
        Environment.GetEnvironmentVariable(Browser.Variable) is { Length: > 0 } named
            ? named
            : new[] { "chromium", "chromium-browser", "google-chrome" }.First(RequiredTools.Finds);

    [GeneratedRegex(@"\d{8}-\d{6}-[0-9a-f]{8}")]
    private static partial Regex RunId();

    [GeneratedRegex("<script>if\\(!window.Plotly\\).*?</script>", RegexOptions.Singleline)]
    private static partial Regex LongScript();
}
