namespace MemoryWall.LlamaServer.Inference;

/// <summary>Looks for stop texts in what is generated, also where one is spread over tokens: text that may begin one is held
/// back.</summary>
internal sealed class StopSequenceFilter(IReadOnlyList<string> stops)
{
    private string _pending = "";

    /// <summary>Adds text.</summary>
    /// <returns>What may be shown now, and whether a stop text was found (what is shown then ends before it).</returns>
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

    /// <summary>What was held back, when the text has ended without a stop text.</summary>
    public string TakePending() => _pending;

    private int LongestPartialMatch(string stop)
    {
        for (var length = Math.Min(stop.Length - 1, _pending.Length); length > 0; length--)
            if (_pending.AsSpan(_pending.Length - length).SequenceEqual(stop.AsSpan(0, length)))
                return length;
        return 0;
    }
}
