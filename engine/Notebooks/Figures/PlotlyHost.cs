using System.Reflection;
using System.Runtime.Loader;
using MemoryWall.Charts;
using MemoryWall.Core.Primitives;
using MemoryWall.Notebooks.Inputs;

namespace MemoryWall.Notebooks.Figures;

/// <summary>
/// Runs Plotly.NET in a separate load context, because it needs a newer FSharp.Core than the one that the notebook kernels have already
/// loaded. Only strings and the types of MemoryWall.Charts are exchanged with it.
/// </summary>
internal static class PlotlyHost
{
    private static readonly Lazy<Type> s_plotly = new(Load);
    private static readonly Lazy<Func<Chart, string>> s_json = new(() => BindMethod<Func<Chart, string>>("Json"));

    /// <summary>A chart as JSON for plotly.js, escaped so that it cannot end the script element that contains it.</summary>
    public static string Json(Chart chart) => EscapeForScript(s_json.Value(chart));

    private static string EscapeForScript(string json) =>
        json.Replace("<", "\\u003c", StringComparison.Ordinal).Replace(">", "\\u003e", StringComparison.Ordinal)
        .Replace("\u2028", "\\u2028", StringComparison.Ordinal).Replace("\u2029", "\\u2029", StringComparison.Ordinal);

    private static Type Load()
    {
        var folder = Path.Combine(NotebookFolders.LibraryFolder, "plotly");
        var library = Path.Combine(folder, "MemoryWall.Plotly.dll");
        if (!File.Exists(library))
            throw new InvalidOperationException(
                $"figures need '{library}', which does not exist; build it with: dotnet build engine/Notebooks -c Release");
        return new PlotlyLoadContext(folder).LoadFromAssemblyPath(library).GetType("MemoryWall.Plotly.PlotlyChart", throwOnError: true)!;
    }

    private static T BindMethod<T>(string name) where T : Delegate =>
        s_plotly.Value.GetMethod(name, BindingFlags.Public | BindingFlags.Static)!.CreateDelegate<T>();

    private sealed class PlotlyLoadContext(string folder) : AssemblyLoadContext("plotly")
    {
        // Both load contexts must use the same chart types, and the library that those rest on.
        private static readonly Assembly[] s_shared = [typeof(Chart).Assembly, typeof(SafeText).Assembly];

        protected override Assembly? Load(AssemblyName name)
        {
            if (s_shared.FirstOrDefault(shared => shared.GetName().Name == name.Name) is { } found)
                return found;
            var file = Path.Combine(folder, name.Name + ".dll");
            return File.Exists(file) ? LoadFromAssemblyPath(file) : null;
        }
    }
}
