using System.Text.Json;
using MemoryWall.Notebooks.Inputs;

namespace MemoryWall.Notebooks.Tests.Figures;

/// <summary>
/// Every text of every figure is readable in every theme: still and drawn by plotly.js, in pages with the structure of the editors, whose
/// figures have no background of their own. The scheme of the system is the opposite of the editor's theme, which must not matter.
/// </summary>
public sealed class ThemeTests : IDisposable
{
    private static readonly Theme[] s_themes =
    [
        new("VS Code dark", "screen", "light", (31, 31, 31), "vscode-dark", "#cccccc", IsForDrawn: true),
        new("VS Code light", "screen", "dark", (255, 255, 255), "vscode-light", "#3b3b3b", IsForDrawn: true),
        new("VS Code high contrast", "screen", "light", (0, 0, 0), "vscode-high-contrast", "#ffffff", IsForDrawn: true),
        new("VS Code high contrast light", "screen", "dark", (255, 255, 255), "vscode-high-contrast vscode-high-contrast-light", "#292929"),
        new("Jupyter dark", "screen", "light", (17, 17, 17), "jupyter-dark", "#ffffff", IsForDrawn: true),
        new("Jupyter light", "screen", "dark", (255, 255, 255), "jupyter-light", "rgba(0,0,0,.87)"),
        new("another dark page", "screen", "light", (40, 44, 52), "", "#dcdfe4"),
        new("another light page", "screen", "dark", (250, 250, 250), "", "#383a42"),
        new("report dark", "screen", "dark", (255, 255, 255), "report", "", IsForDrawn: true),
        new("report light", "screen", "light", (255, 255, 255), "report", ""),
        new("print", "print", "dark", (255, 255, 255), "report", ""),
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("memwall-themes-");

    public void Dispose() => _folder.Delete(recursive: true);

    [LongFact]
    public async Task EveryTextOfEveryFigure_HasContrastInEveryTheme()
    {
        var limit = TestContext.Current.CancellationToken;
        await using var browser = await DevTools.StartAsync(limit);
        var figures = Figures();
        var bad = new List<string>();
        foreach (var isDrawn in new[] { false, true })
        {
            await browser.OpenAsync(await WritePageAsync(isDrawn ? "drawn" : "still",
                (isDrawn ? $"<script>window.IntersectionObserver=undefined</script>{ChromiumTests.Scripts()}" : "")
                + string.Concat(figures.Select(figure => figure.Html))), limit);
            var count = figures.Count(figure => figure.Chart.HasMarks);
            if (isDrawn)
                await browser.WaitAsync($"document.querySelectorAll('[data-drawn=yes]').length === {count}", limit);
            // Each change draws every chart again, which takes seconds.
            foreach (var theme in s_themes.Where(theme => !isDrawn || theme.IsForDrawn))
                bad.AddRange(await CheckAsync(browser, theme, isDrawn ? "drawn" : "still", limit));
        }
        // The form that GitHub and an editor show from a saved notebook.
        await browser.OpenAsync(await WritePageAsync("saved", string.Concat(figures.Select(figure => figure.Svg))), limit);
        foreach (var theme in s_themes)
            bad.AddRange(await CheckAsync(browser, theme, "saved", limit));
        Assert.True(bad.Count == 0, string.Join('\n', bad));
    }

    // A check that finds nothing wrong with black on black would be worth nothing.
    [Fact]
    public async Task Contrast_OfBlackOnDark_IsFound()
    {
        var limit = TestContext.Current.CancellationToken;
        await using var browser = await DevTools.StartAsync(limit);
        var html = Figure.Ttft(Runs.Open("samples/context-sweep")).Html;
        await browser.OpenAsync(await WritePageAsync("black", html + "<style>figure .mw-t{fill:#000!important}</style>"), limit);
        Assert.NotEmpty(await CheckAsync(browser, s_themes[0], "black", limit));
        // A label on a blue area.
        await browser.OpenAsync(await WritePageAsync("area",
            "<figure><svg class=\"mw-in\" width=\"200\" height=\"50\"><rect width=\"200\" height=\"50\" fill=\"#0072b2\"/>"
            + "<text x=\"20\" y=\"30\" fill=\"#1b1b1b\">on blue</text></svg></figure>"), limit);
        Assert.Contains("on blue", Assert.Single(await CheckAsync(browser, s_themes[1], "area", limit)), StringComparison.Ordinal);
    }

    private static async Task<IEnumerable<string>> CheckAsync(DevTools browser, Theme theme, string form, CancellationToken limit)
    {
        await browser.EmulateAsync(theme.Media, theme.Scheme, limit);
        await browser.EvaluateAsync(
            $"window.setTheme({TestJson.Write(theme.Body)}, {TestJson.Write(theme.Ink)})", limit);
        await browser.ResizeAsync(1000, (int)(double)(await browser.EvaluateAsync("document.documentElement.scrollHeight", limit))!, limit);
        var (red, green, blue) = theme.Behind;
        await browser.PutBehindAsync(theme.Behind, limit);
        // Interactive charts follow a change of the theme a moment later.
        Seen seen;
        var patience = form == "drawn" ? 30 : 1;
        do
        {
            await Task.Delay(form == "drawn" ? 500 : 0, limit);
            var answer = await browser.EvaluateAsync($"contrasts({{r:{red},g:{green},b:{blue},a:1}})", limit);
            seen = answer.Deserialize<Seen>(TestJson.Options)!;
        }
        while (seen.Bad.Count > 0 && --patience > 0);
        if (Environment.GetEnvironmentVariable("MEMWALL_PICTURES") is { Length: > 0 } folder)
            await File.WriteAllBytesAsync(Path.Combine(folder, $"{form} {theme.Name}.png"), await browser.PhotographAsync(limit), limit);
        Assert.True(seen.Count > 0, $"{theme.Name}, {form}: there is no text");
        return seen.Bad.Select(text => $"{theme.Name}, {form}: {text.Ratio:0.0} '{text.Text}' {text.Ink} on {text.Paper}");
    }

    private async Task<string> WritePageAsync(string name, string body)
    {
        var report = await File.ReadAllTextAsync(
            Path.Combine(NotebookFolders.Root, "engine", "NotebookRunner", "Rendering", "Page", "page.css"));
        var contrast = await File.ReadAllTextAsync(
            Path.Combine(NotebookFolders.Root, "tests", "Notebooks.Tests", "Figures", "contrast.js"));
        var file = Path.Combine(_folder.FullName, name + ".html");
        // An editor sets the classes of the body and the text colour, and leaves backgrounds to what is behind its page.
        const string SetTheme = """
            window.setTheme = function (body, ink) {
              document.getElementById("report").disabled = body !== "report";
              document.body.className = body;
              document.body.style.color = ink;
              if (/vscode/.test(body)) document.body.setAttribute("data-vscode-theme-kind", body.split(" ").pop());
              else document.body.removeAttribute("data-vscode-theme-kind");
              if (/jupyter/.test(body)) document.body.setAttribute("data-jp-theme-light", body === "jupyter-light");
              else document.body.removeAttribute("data-jp-theme-light");
            };
            """;
        await File.WriteAllTextAsync(file,
            $"<!doctype html><html><head><meta charset=\"utf-8\"><style id=\"report\">{report}</style><script>{SetTheme}{contrast}</script>"
            + $"</head><body>{body}</body></html>");
        return file;
    }

    private static List<Figure> Figures()
    {
        var sample = Runs.Open("samples/context-sweep");
        var walls = Runs.OpenAll("samples/wall-standard,samples/wall-no-swap,samples/wall-kv-q8_0,samples/wall-managed");
        return
        [
            .. FigureTests.All.Values.Select(create => create(sample)),
            Figure.KvTypes(Runs.OpenAll("samples/kv-f16,samples/kv-q8_0")),
            Figure.MemoryTiers("llama-3.1-8b", "q8_0"),
            Figure.MemoryWall(walls),
            Figure.SideBySide(walls),
            Figure.Placement(walls[0]),
            Figure.Placement(walls[^1]),
            Figure.Machines(Runs.Machines(MeasuredMachinesTests.Bundles)),
            Figure.MachineCosts(Runs.Machines(MeasuredMachinesTests.Bundles, MeasuredMachinesTests.Prices)),
            Figure.Timeline(walls[0]),
            Figure.Timeline(walls[^1]),
        ];
    }

    private sealed record Theme(string Name, string Media, string Scheme, (int Red, int Green, int Blue) Behind, string Body, string Ink,
        bool IsForDrawn = false);

    private sealed record Seen(int Count, IReadOnlyList<Unreadable> Bad);

    private sealed record Unreadable(string Text, double Ratio, string Ink, string Paper);
}
