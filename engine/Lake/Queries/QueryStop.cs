using DuckDB.NET.Data;

namespace MemoryWall.Lake.Queries;

/// <summary>Stops a statement when it is cancelled. DuckDB forgets an interrupt that comes before the statement has begun, so it is
/// repeated.</summary>
internal sealed class QueryStop : IDisposable
{
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly Timer _timer;
    private bool _isOver;

    /// <param name="command">The statement.</param>
    /// <param name="cancellation">When it is cancelled.</param>
    public QueryStop(DuckDBCommand command, CancellationToken cancellation) => _timer = new Timer(_ =>
    {
        lock (_gate)
        {
            if (!_isOver && cancellation.IsCancellationRequested)
                command.Cancel();
        }
    }, null, s_period, s_period);

    public void Dispose()
    {
        lock (_gate)
            _isOver = true;
        _timer.Dispose();
    }
}
