using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Exporters;

/// <summary>A program whose page is understood.</summary>
/// <param name="Name">Its name in the source of its columns.</param>
/// <param name="Title">Its name for people.</param>
/// <param name="FirstLetters">How the names of its metrics begin.</param>
/// <param name="CreateColumns">All columns that a page can fill.</param>
internal sealed record ExporterKind(string Name, string Title, string FirstLetters,
    Func<MetricPage, IEnumerable<ExporterColumn>> CreateColumns)
{
    /// <summary>Whether an exporter sends the same page again until it has new readings, so that an unchanged page is none.</summary>
    public bool RepeatsItsPage { get; init; }

    /// <summary>The programs that are known. A page may be that of several, where an agent collects it.</summary>
    public static IReadOnlyList<ExporterKind> All { get; } =
    [
        new("node", "node_exporter", "node_", NodeColumns.Create),
        new("dcgm", "DCGM exporter", "DCGM_FI_", DcgmColumns.Create) { RepeatsItsPage = true },
        new("vllm", "vLLM", "vllm:", InferenceServerColumns.Create),
        new("llama_server", "llama-server", "llamacpp:", InferenceServerColumns.Create),
    ];

    /// <summary>The programs whose metrics a page contains, in the order of the list.</summary>
    public static IReadOnlyList<ExporterKind> Find(MetricPage page) =>
        [.. All.Where(kind => page.Names.Any(name => name.StartsWith(kind.FirstLetters, StringComparison.Ordinal)))];
}
