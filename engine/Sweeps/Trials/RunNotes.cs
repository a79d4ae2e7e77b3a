namespace MemoryWall.Sweeps.Trials;

/// <summary>
/// Differences between the plan and what the target did, in sentences, each once a run. Notes are collected while a trial runs and
/// written to the run's events after it, so that writing does not disturb the measurement.
/// </summary>
internal sealed class RunNotes
{
    private readonly HashSet<string> _known = [];
    private readonly List<string> _pending = [];

    /// <summary>Adds the notes that are new to the run.</summary>
    public void Add(params IEnumerable<string> notes) => _pending.AddRange(notes.Where(_known.Add));

    /// <summary>The notes added since the last call.</summary>
    public IReadOnlyList<string> TakePending()
    {
        string[] taken = [.. _pending];
        _pending.Clear();
        return taken;
    }
}
