using System.Globalization;
using System.Net;
using System.Text;
using MemoryWall.Charts;
using MemoryWall.Charts.Scripts;
using MemoryWall.NotebookRunner.Documents;

namespace MemoryWall.NotebookRunner.Rendering;

/// <summary>
/// Several notebooks in one HTML file that loads nothing else. The same input gives the same bytes.
/// </summary>
internal sealed class HtmlPage
{
    private readonly ScriptRegistry _register = new();
    private readonly List<NotebookHtml> _notebooks = [];
    private readonly List<string> _problems = [];
    private string _frontPage = "";

    /// <summary>The sources of the page.</summary>
    public Provenance Provenance { get; } = new();

    /// <summary>The title of the page; null for the title of the first notebook.</summary>
    public string? Title { get; init; }

    /// <summary>Adds a page before the notebooks: Markdown, or HTML that is treated like an output.</summary>
    /// <exception cref="NotebookException">The file cannot be read.</exception>
    public void AddFrontPage(string path)
    {
        var text = PrivatePaths.OfThisMachine.Remove(Encoding.UTF8.GetString(BoundedFile.Read(path, 16 << 20)).TrimStart('\uFEFF'));
        var isMarkdown = Path.GetExtension(path).Equals(".md", StringComparison.OrdinalIgnoreCase);
        var pictures = new NotebookImages(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var html = isMarkdown
            ? new MarkdownHtml("front").Render(text, name => pictures.FindDataUri(null, name))
            : TrustedHtml.Clean(text, _register);
        _frontPage = $"<section class=\"front\" id=\"front\">\n{html}\n</section>\n";
    }

    /// <summary>Adds a sentence about something that is missing from the page.</summary>
    public void AddProblem(string sentence) =>
        _problems.Add(PrivatePaths.OfThisMachine.Remove(PlainText.StripControlCharacters(sentence)));

    /// <param name="path">The notebook.</param>
    /// <param name="omittedTag">Cells with this tag are left out; null for none.</param>
    /// <exception cref="NotebookException">The file cannot be read or is not a notebook.</exception>
    public void AddNotebook(string path, string? omittedTag = null)
    {
        var notebook = NotebookDocument.Load(path);
        Provenance.AddFromOutputs(notebook);
        var id = string.Create(CultureInfo.InvariantCulture, $"n{_notebooks.Count + 1}");
        _notebooks.Add(new NotebookHtml(notebook, path, id, _register, omittedTag));
    }

    public string ToHtml()
    {
        // Saved notebooks do not contain the scripts of their figures; a page of them does, once.
        if (_notebooks.Any(notebook => notebook.Html.Contains(FigureScripts.FigureAttribute, StringComparison.Ordinal)))
            foreach (var figures in FigureScripts.Read(AppContext.BaseDirectory))
                _register.AddTrailingScript(figures);
        var script = ReadResource("page.js");
        _register.AddScript(script);
        var title = WebUtility.HtmlEncode(Title ?? _notebooks.FirstOrDefault()?.Title ?? "MemoryWall");
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture,
            $"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n{PageMark.Html}\n");
        page.Append(CultureInfo.InvariantCulture,
            $"<meta http-equiv=\"Content-Security-Policy\" content=\"{_register.ContentSecurityPolicy}\">\n");
        page.Append(
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            + "<meta name=\"referrer\" content=\"no-referrer\">\n<link rel=\"icon\" href=\"data:,\">\n");
        page.Append(CultureInfo.InvariantCulture,
            $"<title>{title}</title>\n<style>\n{ReadResource("page.css")}{ReadResource("print.css")}</style>\n</head>\n<body>\n");
        page.Append(_frontPage);
        if (_notebooks.Count > 0)
            AppendContents(page);
        page.Append("<main>\n");
        foreach (var problem in _problems)
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"stopped\">{WebUtility.HtmlEncode(problem)}</p>\n");
        foreach (var notebook in _notebooks)
            page.Append(notebook.Html);
        page.Append("</main>\n");
        AppendFooter(page);
        foreach (var last in _register.TrailingScripts)
            page.Append("<script>").Append(last).Append("</script>\n");
        page.Append(CultureInfo.InvariantCulture, $"<script>{script}</script>\n</body>\n</html>\n");
        return page.ToString();
    }

    private void AppendContents(StringBuilder page)
    {
        page.Append(
            "<nav class=\"contents\" aria-label=\"Contents\">\n"
            + "<button id=\"toggle-code\" type=\"button\" aria-pressed=\"false\" hidden>Show code</button>\n");
        // With several notebooks the list is long, so it is folded.
        page.Append(_notebooks.Count > 1 ? "<details><summary>Contents</summary>\n<ul>\n" : "<ul>\n");
        foreach (var notebook in _notebooks)
        {
            // After a front page the notebook may begin with a part instead of a title.
            if (notebook.Headings is [{ Level: 2 }, ..])
            {
                page.AppendJoin("", notebook.Headings.Where(heading => heading.Level == 2).Select(CreateLink)).Append('\n');
                continue;
            }
            page.Append(CultureInfo.InvariantCulture, $"<li><a href=\"#{notebook.Id}\">{WebUtility.HtmlEncode(notebook.Title)}</a>");
            var parts = notebook.Headings
                .Where(heading => heading.Level is 2 || (heading.Level == 1 && heading != notebook.Headings[0])).ToList();
            if (parts.Count > 0)
                page.Append("<ul>").AppendJoin("", parts.Select(CreateLink)).Append("</ul>");
            page.Append("</li>\n");
        }
        page.Append(_notebooks.Count > 1 ? "</ul>\n</details>\n</nav>\n" : "</ul>\n</nav>\n");
    }

    private void AppendFooter(StringBuilder page)
    {
        page.Append("<footer class=\"provenance\">\n<h2>What this page rests on</h2>\n<dl>\n");
        foreach (var (name, entries) in Provenance.Sections)
            page.Append("<dt>").Append(WebUtility.HtmlEncode(name)).Append("</dt>").AppendJoin("", entries.Select(CreateEntry))
                .Append('\n');
        page.Append("</dl>\n</footer>\n");
    }

    private static string CreateLink(Heading heading) =>
        $"<li><a href=\"#{WebUtility.HtmlEncode(heading.Id)}\">{WebUtility.HtmlEncode(heading.Text)}</a></li>";

    private static string CreateEntry(string entry) =>
        $"<dd><code>{WebUtility.HtmlEncode(PlainText.StripControlCharacters(entry))}</code></dd>";

    private static string ReadResource(string name)
    {
        using var stream = typeof(HtmlPage).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
