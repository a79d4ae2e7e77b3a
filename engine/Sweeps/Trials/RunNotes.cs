namespace MemoryWall.Sweeps.Trials;

/// <summary>
/// Differences between the plan and what the target did, in sentences, each once a run. Notes are collected while a trial runs and
/// written to the run's events after it, so that writing does not disturb the measurement. Safe for use from several threads.
/// </summary>
internal sealed class RunNotes
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _known = [];
    private readonly List<string> _pending = [];

    /// <summary>Adds the notes that are new to the run.</summary>
    public void Add(params IEnumerable<string> notes)
    {
        lock (_gate)
            _pending.AddRange(notes.Where(_known.Add));
    }

    /// <summary>The notes added since the last call.</summary>
    public IReadOnlyList<string> TakePending()
    {
        lock (_gate)
        {
            string[] taken = [.. _pending];
            _pending.Clear();
            return taken;
        }
    }
}
