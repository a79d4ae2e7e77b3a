using System.Net;
using MemoryWall.Core;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Notebooks.Figures;

/// <summary>The output of the load cell: the version, and the scripts that figures need.</summary>
internal sealed class LoadBanner
{
    public string Html => FigureHtml.Script() + $"<p class=\"memwall-opening\">{WebUtility.HtmlEncode(Text)}</p>";

    public string Text => $"MemoryWall {Version} is loaded";

    private static string Version => typeof(Run).Assembly.GetName().Version?.ToString(3) ?? NumberFormat.Absent;
}
