using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Units;
using MemoryWall.Machine;
using MemoryWall.Notebooks.DotNetInteractive;
using MemoryWall.Notebooks.Figures;

namespace MemoryWall.Notebooks;

/// <summary>What the load cell of a notebook calls.</summary>
public static class Notebook
{
    /// <summary>
    /// Teaches the kernel to show runs, trials, verdicts, forecasts, tables and figures, and puts plotly.js into the document, once.
    /// Outside of a notebook it does nothing.
    /// </summary>
    public static void Open()
    {
        Formatters.Register();
        InteractiveKernelBridge.Display(new LoadBanner(), "text/html", "text/plain");
    }

    /// <summary>The machine that this runs on.</summary>
    public static MachineFacts Machine() => MachineReader.Read();

    /// <summary>The machine that a run was measured on.</summary>
    public static MachineFacts Machine(Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run.Manifest.Machine;
    }

    internal sealed class LoadBanner
    {
        public string Html => FigureHtml.Script() + $"<p class=\"memwall-opening\">{System.Net.WebUtility.HtmlEncode(Text)}</p>";

        public string Text => $"MemoryWall {Version} is loaded";

        private static string Version => typeof(Run).Assembly.GetName().Version?.ToString(3) ?? NumberFormat.Absent;
    }
}
