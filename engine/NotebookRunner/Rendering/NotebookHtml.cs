using System.Globalization;
using System.Net;
using System.Text;
using MemoryWall.NotebookRunner.Documents;
using MemoryWall.NotebookRunner.Parameters;

namespace MemoryWall.NotebookRunner.Rendering;

/// <summary>One notebook as a part of a page: text, folded code and outputs. A notebook that did not run to its end has a warning at the
/// top.</summary>
internal sealed class NotebookHtml
{
    private readonly StringBuilder _html = new();
    private readonly MarkdownHtml _markdown;
    private readonly OutputHtml _outputs;
    private readonly NotebookImages _pictures;
    private readonly string _name;
    private readonly NotebookCell? _injected;

    /// <param name="notebook">The notebook.</param>
    /// <param name="path">Its file, for its name and its pictures.</param>
    /// <param name="id">The id of the part.</param>
    /// <param name="register">The scripts and styles of the page.</param>
    /// <param name="omittedTag">Cells with this tag are left out; null for none.</param>
    public NotebookHtml(NotebookDocument notebook, string path, string id, ScriptRegistry register, string? omittedTag = null)
    {
        Id = id;
        _name = Path.GetFileNameWithoutExtension(path);
        _markdown = new MarkdownHtml(id);
        _outputs = new OutputHtml(register, _markdown);
        _pictures = new NotebookImages(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _injected = notebook.Cells.LastOrDefault(cell => cell.HasTag(NotebookCell.InjectedTag));
        _html.Append(CultureInfo.InvariantCulture, $"<article class=\"notebook\" id=\"{id}\">\n");
        if (DescribeIncompleteRun(notebook) is { } warning)
            _html.Append(CultureInfo.InvariantCulture,
                $"<p class=\"stopped\">{WebUtility.HtmlEncode(PlainText.StripControlCharacters(warning))}</p>\n");
        for (var i = 0; i < notebook.Cells.Count; i++)
            if (omittedTag is null || !notebook.Cells[i].HasTag(omittedTag))
                AddCell(notebook.Cells[i], i + 1);
        _html.Append("</article>\n");
    }

    public string Id { get; }

    public string Html => _html.ToString();

    public IReadOnlyList<Heading> Headings => _markdown.Headings;

    /// <summary>The first heading or, without one, the name of the file.</summary>
    public string Title => Headings.Count > 0 ? Headings[0].Text : _name;

    private void AddCell(NotebookCell cell, int number)
    {
        if (cell.HasTag("remove-cell"))
            return;
        if (cell.IsMarkdown)
            _html.Append(_markdown.Render(PlainText.StripControlCharacters(cell.Source), name => _pictures.FindDataUri(cell, name)));
        else if (!cell.IsCode)
            _html.Append(CultureInfo.InvariantCulture,
                $"<pre>{WebUtility.HtmlEncode(PlainText.StripControlCharacters(cell.Source))}</pre>\n");
        else
            AddCode(cell, number);
    }

    private void AddCode(NotebookCell cell, int number)
    {
        var source = ParameterInjection.Describe(cell, _injected);
        if (!cell.HasTag("remove-input") && !string.IsNullOrWhiteSpace(source))
        {
            var what = cell.HasTag(NotebookCell.ParametersTag) || cell.HasTag(NotebookCell.InjectedTag) ? "Parameters" : "Code";
            _html.Append(CultureInfo.InvariantCulture,
                $"<details class=\"code\"><summary>{what}, cell {number}</summary>");
            _html.Append("<pre><code>").Append(Encode(source)).Append("</code></pre></details>\n");
        }
        // An error is always shown, even with the tag remove-output. What the load cell writes is about building the engine.
        foreach (var output in cell.Outputs)
        {
            var isHidden = cell.HasTag("remove-output") || (IsLoadCell(cell) && (string)output!["output_type"]! == "stream");
            if (!isHidden || (string)output!["output_type"]! == "error")
                _html.Append(_outputs.Render(output!.AsObject()));
        }
    }

    private static bool IsLoadCell(NotebookCell cell) => cell.Source.TrimStart().StartsWith("#load", StringComparison.Ordinal);

    private static string Encode(string text) => WebUtility.HtmlEncode(PlainText.StripControlCharacters(text));

    private static string? DescribeIncompleteRun(NotebookDocument notebook)
    {
        var code = notebook.Cells.Where(cell => cell.IsCode && !string.IsNullOrWhiteSpace(cell.Source)).ToList();
        if (notebook.Cells.FirstOrDefault(cell => cell.Error is not null) is { } failed)
        {
            // A run that goes on after a failure says so at the place itself.
            if (code is [.., { ExecutionCount: not null } last] && failed != last)
                return null;
            var number = notebook.Cells.ToList().IndexOf(failed) + 1;
            return string.Create(CultureInfo.InvariantCulture,
                $"This notebook did not run to its end. It stopped at cell {number}: {OutputHtml.DescribeError(failed.Error!)}");
        }
        var not = code.Count(cell => cell.ExecutionCount is null);
        return not == 0 ? null
            : not == code.Count ? "This notebook has not been run, so its results are missing."
            : string.Create(CultureInfo.InvariantCulture,
                $"{not} of the {code.Count} code cells of this notebook have not been run, so their results are missing.");
    }
}
