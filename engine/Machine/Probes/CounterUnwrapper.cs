namespace MemoryWall.Machine.Probes;

/// <summary>Turns a counter that restarts at 0 after its largest value into one sum that grows from 0.</summary>
/// <param name="range">How many values the counter has; null where that is unknown: a fall then adds nothing.</param>
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
