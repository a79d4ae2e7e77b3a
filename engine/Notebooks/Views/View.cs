using System.Net;
using System.Text;
using MemoryWall.Charts;

namespace MemoryWall.Notebooks.Views;

/// <summary>Something shown: lines of text and tables. Made once, written as HTML and as text; every word in it is data, never
/// markup.</summary>
public sealed class View
{
    private const int MaxNoWrapLength = 26;
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

    /// <summary>A finding: its number in large letters, its sentence, and in small letters what belongs to it.</summary>
    internal View AddFinding(string figure, string headline, IEnumerable<string> details)
    {
        _parts.Add(new FindingPart(figure, headline, [.. details]));
        return this;
    }

    /// <summary>As HTML, without style of the page's own but for what a table needs.</summary>
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

    /// <summary>As plain text.</summary>
    public string Text => string.Join('\n', _parts.Select(part => part switch
    {
        TextTable table => table.ToString().TrimEnd('\n'),
        List<string> items => string.Join('\n', items.Select(item => "• " + item)),
        HeadingPart heading => heading.Text,
        FindingPart found =>
            string.Join('\n', found.Details.Select(detail => "    " + detail).Prepend($"{found.Number}: {found.Headline}")),
        _ => (string)part,
    })) + "\n";

    /// <summary>As plain text.</summary>
    public override string ToString() => Text;

    private static string ToHtml(object part) => part switch
    {
        TextTable table => ToHtml(table),
        List<string> items => items.Count == 0 ? "" : $"<ul>{string.Concat(items.Select(item => $"<li>{Encode(item)}</li>"))}</ul>",
        HeadingPart heading => $"<p><strong>{Encode(heading.Text)}</strong></p>",
        FindingPart found => ToHtml(found),
        _ => $"<p>{Encode((string)part)}</p>",
    };

    // Styles are in place, since editors have no page of ours around a cell.
    private static string ToHtml(FindingPart found) =>
        "<div class=\"memwall-finding\" style=\"display:flex;flex-wrap:wrap;gap:.2em 1.4em;align-items:baseline;margin:.9em 0;padding:.7em 0 .2em;border-top:2px solid #0072b2\">"
        + $"<div class=\"memwall-number\" style=\"flex:0 0 8.2em;font-size:1.4em;font-weight:700;line-height:1.2;white-space:nowrap\">{Encode(found.Number)}</div>"
        + $"<div style=\"flex:1 1 22em\"><strong style=\"font-size:1.08em\">{Encode(found.Headline)}</strong>{ToHtml(found.Details)}</div></div>";

    private static string ToHtml(IReadOnlyList<string> details) => details.Count == 0 ? ""
        : $"<ul style=\"margin:.3em 0 0;padding-left:1.1em;font-size:.9em;opacity:.85\">{string.Concat(details.Select(detail => $"<li>{Encode(detail)}</li>"))}</ul>";

    private static string ToHtml(TextTable table)
    {
        // Names and numbers stay on their line; only sentences are broken.
        static string Style(TextColumn column, string text) =>
            $" style=\"text-align:{(column.IsNumber ? "right" : "left")}{(text.Length <= MaxNoWrapLength ? ";white-space:nowrap" : "")}\"";
        var head = string.Concat(table.Columns.Select(column => $"<th{Style(column, column.Header)}>{Encode(column.Header)}</th>"));
        var rows = table.Rows.Select(
            row => $"<tr>{string.Concat(row.Select((cell, index) => $"<td{Style(table.Columns[index], cell)}>{Encode(cell)}</td>"))}</tr>");
        return $"<table class=\"memwall-table\"><thead><tr>{head}</tr></thead><tbody>{string.Concat(rows)}</tbody></table>";
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)));

    private sealed record HeadingPart(string Text);

    private sealed record FindingPart(string Number, string Headline, IReadOnlyList<string> Details);
}
