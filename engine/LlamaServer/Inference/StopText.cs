namespace MemoryWall.LlamaServer.Inference;

/// <summary>Looks for stop texts in what is generated, also where one is spread over tokens: text that may begin one is held back.</summary>
internal sealed class StopText(IReadOnlyList<string> stops)
{
    private string _held = "";

    /// <summary>Adds text.</summary>
    /// <returns>What may be shown now, and whether a stop text was found (what is shown then ends before it).</returns>
    public (string Text, bool Found) Add(string text)
    {
        if (stops.Count == 0)
            return (text, false);
        _held += text;
        var first = stops.Select(stop => _held.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
        if (first >= 0)
            return (_held[..first], true);
        var keep = stops.Max(stop => LongestBeginning(stop));
        var shown = _held[..^keep];
        _held = _held[^keep..];
        return (shown, false);
    }

    /// <summary>What was held back, when the text has ended without a stop text.</summary>
    public string Rest() => _held;

    private int LongestBeginning(string stop)
    {
        for (var length = Math.Min(stop.Length - 1, _held.Length); length > 0; length--)
            if (_held.AsSpan(_held.Length - length).SequenceEqual(stop.AsSpan(0, length)))
                return length;
        return 0;
    }
}
