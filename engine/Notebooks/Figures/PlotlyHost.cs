using System.Reflection;
using System.Runtime.Loader;
using MemoryWall.Charts;

namespace MemoryWall.Notebooks.Figures;

/// <summary>
/// Plotly.NET in a load context of its own: it needs a newer FSharp.Core than the kernels have loaded already, and no hook mends that. Only
/// strings and the charts' own types pass the border.
/// </summary>
internal static class PlotlyHost
{
    private static readonly Lazy<Type> s_plotly = new(Load);
    private static readonly Lazy<Func<Chart, string>> s_json = new(() => BindMethod<Func<Chart, string>>("Json"));
    private static readonly Lazy<string> s_script = new(() => BindMethod<Func<string>>("Script")());

    /// <summary>A chart as plotly.js takes it. No character of it can end the script element that it stands in.</summary>
    public static string Json(Chart chart) => EscapeForScript(s_json.Value(chart));

    /// <summary>plotly.js itself, once for a document.</summary>
    public static string Script() => s_script.Value;

    private static string EscapeForScript(string json) =>
        json.Replace("<", "\\u003c", StringComparison.Ordinal).Replace(">", "\\u003e", StringComparison.Ordinal)
        .Replace("\u2028", "\\u2028", StringComparison.Ordinal).Replace("\u2029", "\\u2029", StringComparison.Ordinal);

    private static Type Load()
    {
        var folder = Path.Combine(Checkout.LibraryFolder, "plotly");
        var library = Path.Combine(folder, "MemoryWall.Plotly.dll");
        if (!File.Exists(library))
            throw new InvalidOperationException(
                $"figures need '{library}', which is not there; build the solution (dotnet build -c Release)");
        return new PlotlyLoadContext(folder).LoadFromAssemblyPath(library).GetType("MemoryWall.Plotly.PlotlyChart", throwOnError: true)!;
    }

    private static T BindMethod<T>(string name) where T : Delegate =>
        s_plotly.Value.GetMethod(name, BindingFlags.Public | BindingFlags.Static)!.CreateDelegate<T>();

    private sealed class PlotlyLoadContext(string folder) : AssemblyLoadContext("plotly")
    {
        private static readonly Assembly s_charts = typeof(Chart).Assembly;

        protected override Assembly? Load(AssemblyName name)
        {
            // The charts of both sides must be the same types.
            if (name.Name == s_charts.GetName().Name)
                return s_charts;
            var file = Path.Combine(folder, name.Name + ".dll");
            return File.Exists(file) ? LoadFromAssemblyPath(file) : null;
        }
    }
}
