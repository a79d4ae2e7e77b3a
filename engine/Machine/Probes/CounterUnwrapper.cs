namespace MemoryWall.Machine.Probes;

/// <summary>Makes one growing sum, from 0 on, of a counter that begins at 0 again after its largest value.</summary>
/// <param name="range">How many values it has; null where not told: a fall then adds nothing.</param>
internal sealed class CounterUnwrapper(double? range)
{
    private double _last = double.NaN;
    private double _sum;

    /// <summary>The sum with this reading; NaN for NaN.</summary>
    public double Unwrap(double value)
    {
        if (double.IsNaN(value))
            return double.NaN;
        if (value >= _last)
            _sum += value - _last;
        else if (value < _last && range is { } top)
            _sum += top - _last + value;
        _last = value;
        return _sum;
    }
}
