using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MemoryWall.Charts.Svg;
using MemoryWall.Core;
using MemoryWall.Export.Content;
using MemoryWall.Export.Pictures;
using MemoryWall.Export.Slides;
using MemoryWall.Export.Spreadsheets;
using MemoryWall.Export.Tables;

namespace MemoryWall.Export;

/// <summary>The forms in which runs leave the program.</summary>
internal enum ExportFormat
{
    /// <summary>Slides.</summary>
    Pptx,

    /// <summary>A workbook.</summary>
    Xlsx,

    /// <summary>A picture for each figure.</summary>
    Png,

    /// <summary>A vector picture for each figure.</summary>
    Svg,

    /// <summary>The trials as text.</summary>
    Csv,
}

/// <summary>Writes runs for other programs.</summary>
internal static partial class Exporter
{
    /// <summary>Whether the form is a folder of files and not one file.</summary>
    public static bool IsFolder(ExportFormat format) => format is ExportFormat.Png or ExportFormat.Svg;

    /// <summary>Writes runs.</summary>
    /// <param name="runs">One run or more.</param>
    /// <param name="format">The form.</param>
    /// <param name="path">The file or, for pictures, the folder.</param>
    /// <param name="overwrite">Whether existing files are replaced.</param>
    /// <param name="cancellation">Stops the export.</param>
    /// <returns>The files that were written.</returns>
    /// <exception cref="IOException">A file exists or cannot be written, or no browser draws pictures.</exception>
    public static async Task<IReadOnlyList<string>> WriteAsync(IReadOnlyList<Run> runs, ExportFormat format, string path, bool overwrite,
        CancellationToken cancellation)
    {
        var content = ExportContent.Create(runs);
        if (format == ExportFormat.Svg)
            return WriteSvg(content, path, overwrite, cancellation);
        if (format == ExportFormat.Png)
            return await WritePngAsync(content, path, overwrite, cancellation).ConfigureAwait(false);
        NewFile.Write(path, overwrite, stream =>
        {
            switch (format)
            {
                case ExportFormat.Pptx:
                    PresentationWriter.Write(stream, ExportSlides.Create(content));
                    break;
                case ExportFormat.Xlsx:
                    WorkbookWriter.Write(stream, ExportTables.CreateAll(content));
                    break;
                default:
                    using (var writer = new StreamWriter(stream, leaveOpen: true))
                        TableCsv.Write(writer, ExportTables.CreateTrials(content.Runs, withRun: true));
                    break;
            }
        });
        return [path];
    }

    private static List<string> WriteSvg(ExportContent content, string folder, bool overwrite, CancellationToken cancellation)
    {
        var files = new List<string>();
        foreach (var figure in content.Figures)
        {
            cancellation.ThrowIfCancellationRequested();
            var path = Path.Combine(folder, figure.Name + ".svg");
            var svg = Encoding.UTF8.GetBytes(ChartSvg.Render(figure.Chart));
            NewFile.Write(path, overwrite, stream => stream.Write(svg));
            files.Add(path);
        }
        return files;
    }

    private static async Task<IReadOnlyList<string>> WritePngAsync(ExportContent content, string folder, bool overwrite,
        CancellationToken cancellation)
    {
        var browser = Browser.Find() ?? throw new IOException(
            $"PNG pictures are drawn by Chromium, Chrome or Edge, and none was found; install one, set {Browser.Variable} to its path, or "
                + "write svg");
        var files = new List<string>();
        var temporary = Directory.CreateTempSubdirectory("memwall-pictures-").FullName;
        try
        {
            foreach (var figure in content.Figures)
            {
                var path = Path.Combine(folder, figure.Name + ".png");
                NewFile.Check(path, overwrite);
                var svg = ChartSvg.Render(figure.Chart);
                var (width, height) = ReadSize(svg);
                var drawn = Path.Combine(temporary, figure.Name + ".png");
                await browser.DrawAsync(svg, width, height, drawn, cancellation).ConfigureAwait(false);
                var bytes = await File.ReadAllBytesAsync(drawn, cancellation).ConfigureAwait(false);
                NewFile.Write(path, overwrite, stream => stream.Write(bytes));
                files.Add(path);
            }
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
        return files;
    }

    private static (int Width, int Height) ReadSize(string svg)
    {
        var size = Size().Match(svg);
        return (Ceiling(size.Groups[1].Value), Ceiling(size.Groups[2].Value));
    }

    private static int Ceiling(string number) => (int)Math.Ceiling(double.Parse(number, CultureInfo.InvariantCulture));

    [GeneratedRegex("width=\"([0-9.]+)\" height=\"([0-9.]+)\"")]
    private static partial Regex Size();
}
