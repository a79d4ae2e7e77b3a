namespace MemoryWall.Runs;

/// <summary>What was wrong with a run's files and was read around; bounded, so that a file full of garbage stays reportable.</summary>
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
        _omittedCount == 0 ? [.. _texts] : [.. _texts, FormattableString.Invariant($"… and {_omittedCount} more findings")];
}
