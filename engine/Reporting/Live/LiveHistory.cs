namespace MemoryWall.Reporting.Live;

/// <summary>The memory of a run over time, in a limited number of points: when it is full, every second point is dropped and new points are
/// taken half as often, except the highest one of each gap. Not safe for use from several threads.</summary>
internal sealed class LiveHistory
{
    private const int MaxPoints = 720;
    private readonly List<LivePoint> _points = [];
    private double _minGap;
    private LivePoint? _pending;

    /// <summary>The points, oldest first.</summary>
    public IReadOnlyList<LivePoint> Points => _pending is { } pending ? [.. _points, pending] : [.. _points];

    /// <summary>Adds a point; one that is not later than the last is ignored.</summary>
    public void Add(LivePoint point)
    {
        if (point.Seconds <= (_pending?.Seconds ?? (_points.Count > 0 ? _points[^1].Seconds : double.NegativeInfinity)))
            return;
        // A new context must not disappear in a gap.
        var isDue = _points.Count == 0
            || point.Seconds - _points[^1].Seconds >= _minGap
            || point.ContextTokens != _points[^1].ContextTokens;
        if (!isDue)
        {
            _pending = Higher(_pending, point);
            return;
        }
        _points.Add(Higher(_pending, point) with { Seconds = point.Seconds, ContextTokens = point.ContextTokens, Phase = point.Phase });
        _pending = null;
        if (_points.Count > MaxPoints)
            Thin();
    }

    private static LivePoint Higher(LivePoint? pending, LivePoint point) => pending is { } before && before.MemoryBytes > point.MemoryBytes
        ? before with { Seconds = point.Seconds }
        : point;

    private void Thin()
    {
        var span = _points[^1].Seconds - _points[0].Seconds;
        var kept = new List<LivePoint>(MaxPoints / 2 + 1);
        for (var i = 0; i < _points.Count; i += 2)
            kept.Add(i + 1 < _points.Count ? Higher(_points[i + 1], _points[i]) : _points[i]);
        _points.Clear();
        _points.AddRange(kept);
        _minGap = span / _points.Count;
    }
}
