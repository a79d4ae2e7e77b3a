using System.Text.Json.Nodes;

namespace MemoryWall.NotebookRunner.Documents;

/// <summary>The outputs with which a notebook is committed: those of its sample runs, which are the same on every machine.</summary>
internal static class ShippedOutputs
{
    /// <summary>The maximum size of a committed notebook: GitHub shows larger ones slowly or not at all.</summary>
    public const int MaximumBytes = 300_000;

    private const string Html = "text/html";
    private const string Svg = "image/svg+xml";

    // What only this project's programs read.
    private const string PrivateMimeTypes = "application/vnd.memwall.";

    /// <summary>Reduces the outputs of an executed notebook to what is committed.</summary>
    public static void Reduce(NotebookDocument notebook)
    {
        foreach (var cell in notebook.Cells.Where(cell => cell.IsCode))
        {
            foreach (var output in cell.Outputs.Select(output => output!.AsObject()).ToList())
            {
                if (output["data"] is not JsonObject data)
                    continue;
                foreach (var mime in data.Select(form => form.Key).Where(IsOmitted).ToList())
                    data.Remove(mime);

                // GitHub removes pictures and scripts from HTML, and prefers HTML to pictures.
                bool IsOmitted(string mime) => mime.StartsWith(PrivateMimeTypes, StringComparison.Ordinal)
                    || (mime == Html && data.ContainsKey(Svg));
            }
        }
    }
}
