using System.Security.Cryptography;

namespace MemoryWall.Sweeps.Setup;

/// <summary>
/// Lets sweeps run step by step in turn: one works, the others wait. Drift over the time of a comparison then affects all of them alike,
/// and none uses the machine's memory while another is measured.
/// </summary>
internal sealed class RoundRobinScheduler
{
    private readonly Lock _gate = new();
    private readonly string _id = RandomNumberGenerator.GetHexString(16, lowercase: true);
    private readonly List<Participant> _participants = [];
    private Participant? _active;
    private int _lastIndex = -1;

    /// <summary>Adds a sweep after the others. All sweeps join before the first one begins.</summary>
    public Participant Join()
    {
        lock (_gate)
        {
            var participant = new Participant(this, _participants.Count);
            _participants.Add(participant);
            return participant;
        }
    }

    // The turn goes to the next participant even where it does not wait for it yet; otherwise the fastest would always be first.
    private void StartNext()
    {
        if (_active is not null)
            return;
        for (var i = 1; i <= _participants.Count; i++)
        {
            var next = _participants[(_lastIndex + i) % _participants.Count];
            if (next.HasLeft)
                continue;
            if (next.PendingTurn is { } waiting)
            {
                (_active, _lastIndex, next.PendingTurn) = (next, next.Index, null);
                waiting.TrySetResult();
            }
            return;
        }
    }

    /// <summary>One sweep among those that take turns.</summary>
    public sealed class Participant : IDisposable
    {
        private readonly RoundRobinScheduler _scheduler;

        internal Participant(RoundRobinScheduler scheduler, int index) => (_scheduler, Index) = (scheduler, index);

        internal int Index { get; }

        /// <summary>The same for all sweeps that take turns, and different for any others.</summary>
        internal string GroupId => _scheduler._id;

        internal bool HasLeft { get; private set; }

        private bool? CanRun { get; set; }

        internal TaskCompletionSource? PendingTurn { get; set; }

        /// <summary>Ends this sweep's turn, if it has one, and waits for its next.</summary>
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

        /// <summary>Says whether this sweep can run; the others wait for it before they begin.</summary>
        internal void Report(bool canRun)
        {
            lock (_scheduler._gate)
                CanRun = canRun;
        }

        /// <summary>Whether one of the sweeps is known to be unable to run, so that no other needs to be prepared.</summary>
        internal bool IsAnyUnable()
        {
            lock (_scheduler._gate)
                return _scheduler._participants.Exists(
                    participant => participant.CanRun == false || (participant.HasLeft && participant.CanRun is null));
        }

        /// <summary>Ends this sweep's turn and waits for its next, before which every other sweep had its first.</summary>
        /// <returns>Whether all sweeps can run; one that left without a word cannot.</returns>
        internal async Task<bool> WaitForOthersAsync(CancellationToken cancellation)
        {
            await WaitForTurnAsync(cancellation).ConfigureAwait(false);
            lock (_scheduler._gate)
                return _scheduler._participants.TrueForAll(participant => participant.CanRun == true);
        }

        /// <summary>Whether this sweep works now and the others wait.</summary>
        internal bool HasTurn()
        {
            lock (_scheduler._gate)
                return _scheduler._active == this;
        }

        /// <summary>Leaves; the others continue without it.</summary>
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
