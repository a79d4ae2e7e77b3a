namespace MemoryWall.Sweeps;

/// <summary>
/// Lets sweeps run step by step in turn: one works, the others wait. What drifts over the time of a comparison then falls on all of them alike, and none has
/// the machine's memory while another one is measured.
/// </summary>
public sealed class Turns
{
    private readonly Lock _gate = new();
    private readonly List<Place> _places = [];
    private Place? _working;
    private int _last = -1;

    /// <summary>A place for one more sweep, behind those that are there. Places are taken before any sweep begins.</summary>
    public Place Join()
    {
        lock (_gate)
        {
            var place = new Place(this, _places.Count);
            _places.Add(place);
            return place;
        }
    }

    // The next place behind the one that worked last; it waits for one that has not asked yet, or the fastest would always be first.
    private void Pass()
    {
        if (_working is not null)
            return;
        for (var i = 1; i <= _places.Count; i++)
        {
            var place = _places[(_last + i) % _places.Count];
            if (place.HasLeft)
                continue;
            if (place.Waiting is { } waiting)
            {
                (_working, _last, place.Waiting) = (place, place.Number, null);
                waiting.TrySetResult();
            }
            return;
        }
    }

    /// <summary>One sweep's place.</summary>
    public sealed class Place : IDisposable
    {
        private readonly Turns _turns;

        internal Place(Turns turns, int number) => (_turns, Number) = (turns, number);

        internal int Number { get; }

        internal bool HasLeft { get; private set; }

        internal TaskCompletionSource? Waiting { get; set; }

        /// <summary>Ends this sweep's turn and waits for its next one.</summary>
        internal Task NextAsync(CancellationToken cancellation)
        {
            lock (_turns._gate)
            {
                if (_turns._working == this)
                    _turns._working = null;
                Waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                var turn = Waiting.Task;
                _turns.Pass();
                return turn.WaitAsync(cancellation);
            }
        }

        /// <summary>Leaves: the others go on without it.</summary>
        public void Dispose()
        {
            lock (_turns._gate)
            {
                HasLeft = true;
                if (_turns._working == this)
                    _turns._working = null;
                _turns.Pass();
            }
        }
    }
}
