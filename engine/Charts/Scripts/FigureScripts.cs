using System.Runtime.Loader;
using System.Text.RegularExpressions;

namespace MemoryWall.Charts.Scripts;

/// <summary>The scripts that turn the still pictures of a page into interactive charts: plotly.js, and what draws with it. A page needs
/// them once.</summary>
internal static partial class FigureScripts
{
    /// <summary>The attribute of the elements that the scripts look for.</summary>
    public const string FigureAttribute = "data-memwall-figure";

    private const string PlotlyFolder = "plotly";
    private const string PlotlyResource = "Plotly.NET.plotly-2.28.0.min.js";

    /// <summary>The script that hands the data of a figure to those that draw it.</summary>
    /// <param name="id">The figure's <see cref="FigureAttribute"/>: 16 hexadecimal digits.</param>
    /// <param name="packed">The chart as JSON, deflated, in base64.</param>
    public static string WriteFigureData(string id, string packed) =>
        $"(window.memwallFigures=window.memwallFigures||[]).push([\"{id}\",\"{packed}\"]);";

    /// <summary>Whether a script only hands over the data of a figure: everything in it is fixed but a checksum and letters of
    /// base64.</summary>
    public static bool IsFigureData(string script) => FigureData().IsMatch(script);

    /// <summary>The scripts in their order.</summary>
    /// <param name="folder">The folder of the program or library, which contains Plotly.NET in a folder of its own.</param>
    public static IReadOnlyList<string> Read(string folder) => [Guard(ReadPlotly(folder)), ReadDrawing()];

    // A module loader (require.js), which some pages have, would hide plotly.js from the page.
    private static string Guard(string plotly) => "if(!window.Plotly){(function(define,module,exports){"
        + plotly.Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase) + "\n}).call(window);}";

    private static string ReadPlotly(string folder)
    {
        var library = Path.Combine(folder, PlotlyFolder, "Plotly.NET.dll");
        if (!File.Exists(library))
            throw new InvalidOperationException("plotly.js is missing; build it with: dotnet build -c Release");
        // Only the resource is read. Plotly.NET itself runs in a load context of its own.
        var context = new AssemblyLoadContext("plotly.js", isCollectible: true);
        try
        {
            using var stream = context.LoadFromAssemblyPath(library).GetManifestResourceStream(PlotlyResource)
                ?? throw new InvalidOperationException($"Plotly.NET has no resource '{PlotlyResource}'");
            return ReadText(stream);
        }
        finally
        {
            context.Unload();
        }
    }

    private static string ReadDrawing()
    {
        using var stream = typeof(FigureScripts).Assembly.GetManifestResourceStream("figure.js")!;
        return ReadText(stream);
    }

    [GeneratedRegex(@"^\(window\.memwallFigures=window\.memwallFigures\|\|\[\]\)\.push\(\[""[0-9a-f]{16}"",""[A-Za-z0-9+/]+={0,2}""\]\);\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex FigureData();

    private static string ReadText(Stream stream)
    {
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
