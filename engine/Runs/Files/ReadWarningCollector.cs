namespace MemoryWall.Runs.Files;

/// <summary>What could not be read of a run's files. The number of warnings is limited, so that a file full of garbage stays
/// reportable.</summary>
internal sealed class ReadWarningCollector
{
    private const int MaxCount = 200;
    private readonly List<string> _texts = [];
    private readonly HashSet<string> _seen = [];
    private int _omittedCount;

    public void Add(string text)
    {
        if (_texts.Count >= MaxCount)
            _omittedCount++;
        else if (_seen.Add(text))
            _texts.Add(text);
    }

    public IReadOnlyList<string> ToList() =>
        _omittedCount == 0 ? [.. _texts] : [.. _texts, FormattableString.Invariant($"… and {_omittedCount} more warnings")];
}
