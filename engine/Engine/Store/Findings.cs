namespace MemoryWall.Store;

/// <summary>What was wrong with a run's files and was read around; bounded, so that a file full of garbage stays reportable.</summary>
internal sealed class Findings
{
    private const int Most = 200;
    private readonly List<string> _texts = [];
    private readonly HashSet<string> _seen = [];
    private int _more;

    public void Add(string text)
    {
        if (_texts.Count >= Most)
            _more++;
        else if (_seen.Add(text))
            _texts.Add(text);
    }

    public IReadOnlyList<string> ToList() => _more == 0 ? [.. _texts] : [.. _texts, FormattableString.Invariant($"… and {_more} more findings")];
}
