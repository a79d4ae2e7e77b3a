using System.Text;
using MemoryWall.Charts;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Notebooks.Views;

/// <summary>The output of a cell: lines of text and tables, written as HTML and as plain text. All content is treated as text, never as
/// markup.</summary>
public sealed class View
{
    private const int MaxNoWrapLength = 26;
    private const string FindingStyle = "display:flex;flex-wrap:wrap;gap:.2em 1.4em;align-items:baseline;"
        + "margin:.9em 0;padding:.7em 0 .2em;border-top:2px solid #0072b2";
    private const string PictureStyle = "max-width:760px";
    private const string NumberStyle = "flex:0 0 8.2em;font-size:1.4em;font-weight:700;line-height:1.2;white-space:nowrap";
    private readonly List<object> _parts = [];

    internal View AddLine(string text)
    {
        _parts.Add(text);
        return this;
    }

    internal View AddHeading(string text)
    {
        _parts.Add(new HeadingPart(text));
        return this;
    }

    internal View AddTable(TextTable table)
    {
        _parts.Add(table);
        return this;
    }

    internal View AddItems(IEnumerable<string> items)
    {
        _parts.Add(items.ToList());
        return this;
    }

    /// <summary>Adds a finding: a large number, a sentence, and details in small print.</summary>
    internal View AddFinding(string figure, string headline, IEnumerable<string> details)
    {
        _parts.Add(new FindingPart(figure, headline, [.. details]));
        return this;
    }

    /// <summary>Adds a picture that this program drew, with a text for outputs that show none.</summary>
    /// <param name="svg">An SVG element whose texts are escaped.</param>
    /// <param name="text">The text; empty for none.</param>
    internal View AddPicture(string svg, string text)
    {
        _parts.Add(new PicturePart(svg, text));
        return this;
    }

    /// <summary>The view as HTML with inline styles only.</summary>
    public string Html
    {
        get
        {
            var html = new StringBuilder("<div class=\"memwall-view\">");
            foreach (var part in _parts)
                html.Append(ToHtml(part)).Append('\n');
            return html.Append("</div>").ToString();
        }
    }

    /// <summary>The view as plain text.</summary>
    public string Text => string.Join('\n', _parts.Where(part => part is not PicturePart { Text.Length: 0 }).Select(part => part switch
    {
        TextTable table => table.ToString().TrimEnd('\n'),
        List<string> items => string.Join('\n', items.Select(item => "• " + item)),
        HeadingPart heading => heading.Text,
        PicturePart picture => picture.Text,
        FindingPart found =>
            string.Join('\n', found.Details.Select(detail => "    " + detail).Prepend($"{found.Number}: {found.Headline}")),
        _ => (string)part,
    })) + "\n";

    /// <summary>The view as plain text.</summary>
    public override string ToString() => Text;

    private static string ToHtml(object part) => part switch
    {
        TextTable table => ToHtml(table),
        List<string> items => items.Count == 0 ? "" : $"<ul>{string.Concat(items.Select(item => $"<li>{Encode(item)}</li>"))}</ul>",
        HeadingPart heading => $"<p><strong>{Encode(heading.Text)}</strong></p>",
        FindingPart found => ToHtml(found),
        PicturePart picture => $"<div style=\"{PictureStyle}\">{picture.Svg}</div>",
        _ => $"<p>{Encode((string)part)}</p>",
    };

    // Styles are inline, because an editor shows a cell without our style sheet.
    private static string ToHtml(FindingPart found) =>
        $"<div class=\"memwall-finding\" style=\"{FindingStyle}\">"
        + $"<div class=\"memwall-number\" style=\"{NumberStyle}\">{Encode(found.Number)}</div>"
        + $"<div style=\"flex:1 1 22em\"><strong style=\"font-size:1.08em\">{Encode(found.Headline)}</strong>"
        + $"{ToHtml(found.Details)}</div></div>";

    private static string ToHtml(IReadOnlyList<string> details) => details.Count == 0 ? ""
        : "<ul style=\"margin:.3em 0 0;padding-left:1.1em;font-size:.9em;opacity:.85\">"
            + string.Concat(details.Select(detail => $"<li>{Encode(detail)}</li>")) + "</ul>";

    private static string ToHtml(TextTable table)
    {
        // Only long texts may be broken into lines.
        static string Style(TextColumn column, string text) =>
            $" style=\"text-align:{(column.IsNumber ? "right" : "left")}{(text.Length <= MaxNoWrapLength ? ";white-space:nowrap" : "")}\"";
        var head = string.Concat(table.Columns.Select(column => $"<th{Style(column, column.Header)}>{Encode(column.Header)}</th>"));
        var rows = table.Rows.Select(
            row => $"<tr>{string.Concat(row.Select((cell, index) => $"<td{Style(table.Columns[index], cell)}>{Encode(cell)}</td>"))}</tr>");
        return $"<table class=\"memwall-table\"><thead><tr>{head}</tr></thead><tbody>{string.Concat(rows)}</tbody></table>";
    }

    private static string Encode(string text) => SafeText.ToHtml(text);

    private sealed record PicturePart(string Svg, string Text);

    private sealed record HeadingPart(string Text);

    private sealed record FindingPart(string Number, string Headline, IReadOnlyList<string> Details);
}
