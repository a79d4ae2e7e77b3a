using System.Globalization;
using MemoryWall.Analysis.Walls;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Options;
using MemoryWall.Reporting.Glossary;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Cli.Help;

/// <summary>A reference page of <c>memwall help</c>: terms with their descriptions.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Title">What the page is about, as a heading.</param>
/// <param name="Rows">The terms and their descriptions.</param>
/// <param name="Footer">What applies to all rows; null for nothing.</param>
internal sealed record HelpTopic(string Name, string Title, IReadOnlyList<(string Term, string Description)> Rows, string? Footer = null)
{
    /// <summary>All pages.</summary>
    public static IReadOnlyList<HelpTopic> All { get; } =
    [
        new("exit-codes", "Exit codes of memwall",
            [.. ExitCodes.All.Select(exit => (exit.Code.ToString(CultureInfo.InvariantCulture), exit.Description))],
            "Ctrl-C stores the running trial as cancelled and ends; a second Ctrl-C ends at once."),
        new("glossary", "Words of the notebooks, tables and figures",
            [.. GlossaryTerms.All.Select(term => (term.Term, term.Meaning))]),
        new("methods", "Values of sweep --method",
            [.. SweepMethodOption.All.Select(method => (method.Name, method.Description))],
            "Each trial stores its method. Trials of different methods are never averaged."),
        new("regimes", "Memory regimes of a trial, with their evidence",
            [.. Enum.GetValues<MemoryRegime>().Select(regime => (RegimeFormat.Name(regime), DescribeRegime(regime)))],
            "Major page faults alone are never the evidence: the kernel reads ahead, so weights that are read again for every token "
            + "cause few."),
    ];

    private static string DescribeRegime(MemoryRegime regime) => regime switch
    {
        MemoryRegime.InMemory =>
            "Less than a tenth of the bytes of a token comes from storage. Where that is more than 1 MiB, the trial is also "
            + "less than 1.5 times slower than its depth explains.",
        MemoryRegime.Managed => "The storage tier streams on purpose.",
        MemoryRegime.Spilling =>
            "More comes from storage, but more than half of the expected rate is left. Of an external server: it reports that "
            + "part of the model is not on the accelerator.",
        MemoryRegime.Slowed => "The rate is below half of what the depth explains, on a server whose memory cannot be seen.",
        MemoryRegime.Thrashing =>
            "Half of the rate or more is lost while pages are moved, or a phase reached its time limit meanwhile. The partial "
            + "rate is an upper bound.",
        MemoryRegime.OutOfMemory => "The cap's oom_kill counter rose, a signal ended the server, or an allocation failed.",
        MemoryRegime.Refused => "The server refused the context for lack of memory.",
        _ => "There is no evidence: the trial failed for another reason, or the server's memory cannot be seen.",
    };
}
