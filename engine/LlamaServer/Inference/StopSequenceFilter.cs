namespace MemoryWall.LlamaServer.Inference;

/// <summary>Finds stop sequences in the generated text, also across tokens: text that may be the start of a stop sequence is held
/// back.</summary>
internal sealed class StopSequenceFilter(IReadOnlyList<string> stops)
{
    private string _pending = "";

    /// <summary>Adds text.</summary>
    /// <returns>The text that can be sent now, and whether a stop sequence was found; the text then ends before it.</returns>
    public (string Text, bool Found) Add(string text)
    {
        if (stops.Count == 0)
            return (text, false);
        _pending += text;
        var first = stops.Select(stop => _pending.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
        if (first >= 0)
            return (_pending[..first], true);
        var keep = stops.Max(stop => LongestPartialMatch(stop));
        var shown = _pending[..^keep];
        _pending = _pending[^keep..];
        return (shown, false);
    }

    /// <summary>The text that was held back, for a generation that ended without a stop sequence.</summary>
    public string TakePending() => _pending;

    private int LongestPartialMatch(string stop)
    {
        for (var length = Math.Min(stop.Length - 1, _pending.Length); length > 0; length--)
            if (_pending.AsSpan(_pending.Length - length).SequenceEqual(stop.AsSpan(0, length)))
                return length;
        return 0;
    }
}
