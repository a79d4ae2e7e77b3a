using System.Net;
using MemoryWall.Charts.Scripts;
using MemoryWall.Core;
using MemoryWall.Notebooks.Inputs;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Notebooks.Figures;

/// <summary>The output of the load cell: the version, at first with the scripts that figures need.</summary>
internal sealed class LoadBanner(bool withScripts)
{
    public string Html => (withScripts ? Scripts() : "") + $"<p class=\"memwall-opening\">{WebUtility.HtmlEncode(Text)}</p>";

    public string Text => $"MemoryWall {Version} is loaded";

    private static string Version => typeof(Run).Assembly.GetName().Version?.ToString(3) ?? NumberFormat.Absent;

    private static string Scripts() => string.Concat(
        FigureScripts.Read(NotebookFolders.LibraryFolder).Select(script => $"<script>{script}</script>\n"));
}
