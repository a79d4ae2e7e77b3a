using System.Net;
using System.Text;
using MemoryWall.Charts;

namespace MemoryWall.Notebooks.Views;

/// <summary>Something shown: lines of text and tables. Made once, written as HTML and as text; every word in it is data, never markup.</summary>
public sealed class View
{
    private readonly List<object> _parts = [];

    internal View Line(string text)
    {
        _parts.Add(text);
        return this;
    }

    internal View Head(string text)
    {
        _parts.Add(new Heading(text));
        return this;
    }

    internal View Table(TextTable table)
    {
        _parts.Add(table);
        return this;
    }

    internal View Items(IEnumerable<string> items)
    {
        _parts.Add(items.ToList());
        return this;
    }

    /// <summary>As HTML, without style of the page's own but for what a table needs.</summary>
    public string Html
    {
        get
        {
            var html = new StringBuilder("<div class=\"memwall-view\">");
            foreach (var part in _parts)
                html.Append(Of(part)).Append('\n');
            return html.Append("</div>").ToString();
        }
    }

    /// <summary>As plain text.</summary>
    public string Text => string.Join('\n', _parts.Select(part => part switch
    {
        TextTable table => table.ToString().TrimEnd('\n'),
        List<string> items => string.Join('\n', items.Select(item => "• " + item)),
        Heading heading => heading.Text,
        _ => (string)part,
    })) + "\n";

    /// <summary>As plain text.</summary>
    public override string ToString() => Text;

    private static string Of(object part) => part switch
    {
        TextTable table => Of(table),
        List<string> items => items.Count == 0 ? "" : $"<ul>{string.Concat(items.Select(item => $"<li>{Encode(item)}</li>"))}</ul>",
        Heading heading => $"<p><strong>{Encode(heading.Text)}</strong></p>",
        _ => $"<p>{Encode((string)part)}</p>",
    };

    private static string Of(TextTable table)
    {
        static string Align(TextColumn column) => column.IsNumber ? " style=\"text-align:right\"" : " style=\"text-align:left\"";
        var head = string.Concat(table.Columns.Select(column => $"<th{Align(column)}>{Encode(column.Header)}</th>"));
        var rows = table.Rows.Select(row => $"<tr>{string.Concat(row.Select((cell, index) => $"<td{Align(table.Columns[index])}>{Encode(cell)}</td>"))}</tr>");
        return $"<table class=\"memwall-table\"><thead><tr>{head}</tr></thead><tbody>{string.Concat(rows)}</tbody></table>";
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)));

    private sealed record Heading(string Text);
}
