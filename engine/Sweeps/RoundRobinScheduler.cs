namespace MemoryWall.Sweeps;

/// <summary>
/// Lets sweeps run step by step in turn: one works, the others wait. What drifts over the time of a comparison then falls on all of them
/// alike, and none has the machine's memory while another one is measured.
/// </summary>
internal sealed class RoundRobinScheduler
{
    private readonly Lock _gate = new();
    private readonly List<Participant> _participants = [];
    private Participant? _active;
    private int _lastIndex = -1;

    /// <summary>A place for one more sweep, behind those that are there. Places are taken before any sweep begins.</summary>
    public Participant Join()
    {
        lock (_gate)
        {
            var place = new Participant(this, _participants.Count);
            _participants.Add(place);
            return place;
        }
    }

    // The next place behind the one that worked last; it waits for one that has not asked yet, or the fastest would always be first.
    private void StartNext()
    {
        if (_active is not null)
            return;
        for (var i = 1; i <= _participants.Count; i++)
        {
            var place = _participants[(_lastIndex + i) % _participants.Count];
            if (place.HasLeft)
                continue;
            if (place.PendingTurn is { } waiting)
            {
                (_active, _lastIndex, place.PendingTurn) = (place, place.Index, null);
                waiting.TrySetResult();
            }
            return;
        }
    }

    /// <summary>One sweep's place.</summary>
    public sealed class Participant : IDisposable
    {
        private readonly RoundRobinScheduler _scheduler;

        internal Participant(RoundRobinScheduler turns, int number) => (_scheduler, Index) = (turns, number);

        internal int Index { get; }

        internal bool HasLeft { get; private set; }

        internal TaskCompletionSource? PendingTurn { get; set; }

        /// <summary>Ends this sweep's turn and waits for its next one.</summary>
        internal Task WaitForTurnAsync(CancellationToken cancellation)
        {
            lock (_scheduler._gate)
            {
                if (_scheduler._active == this)
                    _scheduler._active = null;
                PendingTurn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                var turn = PendingTurn.Task;
                _scheduler.StartNext();
                return turn.WaitAsync(cancellation);
            }
        }

        /// <summary>Leaves: the others go on without it.</summary>
        public void Dispose()
        {
            lock (_scheduler._gate)
            {
                HasLeft = true;
                if (_scheduler._active == this)
                    _scheduler._active = null;
                _scheduler.StartNext();
            }
        }
    }
}
