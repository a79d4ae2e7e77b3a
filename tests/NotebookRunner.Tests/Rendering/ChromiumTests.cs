using System.Diagnostics;
using MemoryWall.NotebookRunner.Rendering;
using static MemoryWall.NotebookRunner.Tests.Notebooks;

namespace MemoryWall.NotebookRunner.Tests.Rendering;

/// <summary>What a real browser without a network makes of a page.</summary>
public sealed class ChromiumTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Page_ScriptsOfFiguresRun_OthersDoNot_AndTheConsoleIsQuiet()
    {
        var library = "window.Lib={n:0};/*" + new string('x', 5000) + "*/";
        var figure = "<div class='figure'></div><script>Lib.n++;document.querySelectorAll('.figure')[Lib.n-1].textContent='drawn '+Lib.n;</script>";
        var page = new HtmlPage();
        page.AddNotebook(_folder.Write("nb.ipynb", Json(
            Prose("# Title\n\n<img src=x onerror=\"document.body.dataset.hostile=1\"> [x](javascript:alert(1))"),
            Executed("1", Data(("text/html", $"<script>{library}</script>"))),
            Executed("2", Data(("text/html", figure))),
            Executed("3", Data(("text/html", $"<script>{library}</script>{figure}<img src='https://example.com/x.png' onerror='document.body.dataset.hostile=2'>"))),
            Executed("4", Stream("<script>document.body.dataset.hostile=3</script>")))));
        var (dom, console) = await OpenAsync(_folder.Write("page.html", page.ToHtml()));

        Assert.Contains("drawn 1", dom);
        Assert.Contains("drawn 2", dom);
        Assert.DoesNotContain("data-hostile", dom);
        Assert.DoesNotContain("CONSOLE", console);
        Assert.Contains("<button id=\"toggle-code\" type=\"button\" aria-pressed=\"false\">", dom);
    }

    private async Task<(string Dom, string Console)> OpenAsync(string file)
    {
        var chromium = Find();
        Assert.SkipWhen(chromium is null, "there is no Chromium here: install it, or let MEMWALL_CHROMIUM name it");
        var start = new ProcessStartInfo(chromium, [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", $"--user-data-dir={_folder.File("profile")}",
            "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--virtual-time-budget=3000", "--dump-dom", new Uri(file).AbsoluteUri])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(s_patience);
        var dom = process.StandardOutput.ReadToEndAsync(limit.Token);
        var console = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return (await dom, await console);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("MEMWALL_CHROMIUM") is { Length: > 0 } named)
            return named;
        string[] names = OperatingSystem.IsWindows() ? ["chrome.exe", "msedge.exe"] : ["chromium", "chromium-browser", "google-chrome"];
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
    }
}
