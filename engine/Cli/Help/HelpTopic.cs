using System.Globalization;
using MemoryWall.Analysis.Walls;
using MemoryWall.Cli.Host;
using MemoryWall.Experiments.State;
using MemoryWall.Reporting.Glossary;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Sweeps.Plans;

namespace MemoryWall.Cli.Help;

/// <summary>A reference page of <c>memwall help</c>: terms with their descriptions.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Title">What the page is about, as a heading.</param>
/// <param name="Rows">The terms and their descriptions.</param>
/// <param name="Footer">What applies to all rows; null for nothing.</param>
internal sealed record HelpTopic(string Name, string Title, IReadOnlyList<(string Term, string Description)> Rows, string? Footer = null)
{
    /// <summary>The options whose values are the page's terms; none where it is about something else.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>All pages.</summary>
    public static IReadOnlyList<HelpTopic> All { get; } =
    [
        new("doubts", "Doubts: reasons not to trust a trial", ToRows(DoubtTerms.All),
            "A doubt is derived when a run is read. A doubted trial is listed, and left out of what the doubt touches."),
        new("exit-codes", "Exit codes of memwall",
            [.. ExitCodes.All.Select(exit => (exit.Code.ToString(CultureInfo.InvariantCulture), exit.Description))],
            "Ctrl-C stores the running trial as cancelled and ends; a second Ctrl-C ends at once."),
        new("experiments", "Outcomes of the cells of an experiment",
            [.. Enum.GetValues<AttemptOutcome>().Select(outcome =>
                (ExperimentPhrases.FormatOutcome(outcome), ExperimentPhrases.DescribeOutcome(outcome)))],
            "memwall experiment run --resume, and retry --failed on a cluster, measure the cells without a result again, and no others. "
            + "data/experiments/README.md of the project has a whole example."),
        new("exporters", "Values of --telemetry-from", ToRows(ExporterTerms.All), ExporterTerms.Footer),
        new("glossary", "Words of the notebooks, tables and figures", ToRows(GlossaryTerms.All)),
        new("methods", "Values of sweep --method",
            [.. MethodChoice.All.Select(method => (method.Name, method.Description))],
            "Each trial stores its method. Trials of different methods are never averaged.") { Options = ["--method", "--prefill"] },
        new("outcomes", "Outcomes: how a trial ended", ToRows(OutcomeTerms.All),
            "Only a completed trial has rates. The evidence of every other one is below the table of its run."),
        new("regimes", "Memory regimes of a trial, with their evidence",
            [.. Enum.GetValues<MemoryRegime>().Select(regime => (RegimeFormat.Name(regime), RegimeFormat.Describe(regime)))],
            RegimeFormat.FaultsNote),
        new("targets", "Values of --target", ToRows(TargetTerms.All),
            "environment.md says what each server reports, and how to pass keys, gateways and certificates.") { Options = ["--target"] },
    ];

    /// <summary>The page with the values of the option that a message of an error begins with (<c>--method: …</c>); null where there is
    /// none.</summary>
    public static HelpTopic? FindOf(string message) => All.FirstOrDefault(topic =>
        topic.Options.Any(option => message.StartsWith(option + ":", StringComparison.Ordinal)));

    /// <summary>The page as a table of Markdown.</summary>
    public string ToMarkdown() => string.Concat(
        "| | |\n|---|---|\n", string.Concat(Rows.Select(row => $"| `{row.Term}` | {row.Description} |\n")),
        Footer is null ? "" : $"\n{Footer}\n");

    private static IReadOnlyList<(string Term, string Description)> ToRows(IEnumerable<GlossaryTerm> terms) =>
        [.. terms.Select(term => (term.Term, term.Meaning))];
}
