namespace MemoryWall.Reporting.Glossary;

/// <summary>What each outcome of a trial means.</summary>
internal static class OutcomeTerms
{
    /// <summary>All outcomes by the names of their kinds.</summary>
    public static IReadOnlyList<GlossaryTerm> All { get; } =
    [
        new("completed", "The server counted the whole prompt, and its answer ended as its protocol says."),
        new("out_of_memory", "Memory ran out: the kernel's oom_kill counter, the exit signal or the server's own message shows it."),
        new("thrashing", "The system paged instead of computing. Only runs of schema 1 store it; later ones store timed_out and "
            + "derive the regime."),
        new("timed_out", "A phase took longer than its limit (--limit-load, --limit-prefill, --limit-generation, --limit-silence)."),
        new("refused", "The server refused the request; its HTTP status and its own words are kept."),
        new("truncated", "The server processed fewer prompt tokens than were sent, so N is not the context."),
        new("miscounted", "The server counted more prompt tokens than were sent, or no count came where it should."),
        new("protocol_broken", "The answer breaks the protocol: no final frame, a line that is not JSON, no tokens."),
        new("target_died", "The server's process ended, or its connection broke; the exit code, signal or error is kept."),
        new("cancelled", "The user stopped the run while the trial was under way."),
        new("unknown", "A stored outcome that this version does not know. It never counts as a success."),
    ];
}
