using System.Net;
using System.Text;
using MemoryWall.Charts;
using MemoryWall.Charts.Svg;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Reporting.Summary;

/// <summary>The summary as HTML without a style sheet of its own: the page around it fits it onto one sheet of A4.</summary>
internal static class SummaryPageHtml
{
    // A sheet has room for so many; the chapters show the rest.
    private const int MaxCaveats = 6;
    private const int MaxDetails = 1;

    /// <summary>The page.</summary>
    /// <param name="page">Its content.</param>
    /// <param name="customer">For whom it was made; null for nobody in particular.</param>
    /// <param name="logo">A picture as a data address; null for none.</param>
    public static string Render(SummaryPage page, string? customer, string? logo)
    {
        ArgumentNullException.ThrowIfNull(page);
        var html = new StringBuilder("<div class=\"summary\">\n");
        if (logo is not null || customer is not null)
            html.Append("<div class=\"summary-brand\">")
                .Append(logo is null ? "" : $"<img class=\"summary-logo\" alt=\"logo\" src=\"{WebUtility.HtmlEncode(logo)}\">")
                .Append(customer is null ? "" : $"<span>Prepared for {Encode(customer)}</span>").Append("</div>\n");
        html.Append("<h1>").Append(Encode(page.Title)).Append("</h1>\n");
        if (page.Facts.Count > 0)
            html.Append("<dl class=\"summary-facts\">")
                .AppendJoin("", page.Facts.Select(fact => $"<dt>{Encode(fact.Name)}</dt><dd>{Encode(fact.Value)}</dd>")).Append("</dl>\n");
        foreach (var finding in page.Findings)
            html.Append(RenderFinding(finding));
        if (page.Findings.Count == 0)
            html.Append("<p>Nothing was measured that allows a finding.</p>\n");
        if (page.Picture is { } picture)
            html.Append(RenderPicture(picture));
        if (page.Caveats.Count > 0)
            html.Append("<p class=\"summary-caveats\"><strong>Keep in mind</strong></p><ul class=\"summary-caveats\">")
                .AppendJoin("", page.Caveats.Take(MaxCaveats).Select(caveat => $"<li>{Encode(caveat)}</li>")).Append("</ul>\n");
        return html.Append("</div>\n").ToString();
    }

    private static string RenderFinding(SummaryFinding finding) =>
        $"<div class=\"summary-finding\"><div class=\"summary-number\">{Encode(finding.KeyNumber)}</div>"
        + $"<div><strong>{Encode(finding.Headline)}</strong>"
        + string.Concat(finding.Details.Take(MaxDetails).Select(detail => $"<br><span>{Encode(detail)}</span>")) + "</div></div>\n";

    private static string RenderPicture(Chart chart) =>
        $"<figure class=\"summary-picture\"><figcaption><strong>{Encode(chart.Title)}</strong></figcaption>{ChartSvg.RenderInPage(chart)}"
        + "</figure>\n";

    private static string Encode(string text) => SafeText.ToHtml(text);
}
