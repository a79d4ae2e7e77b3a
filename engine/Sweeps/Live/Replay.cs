using MemoryWall.Analysis.Live;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Sweeps.Live;

/// <summary>Shows a stored run as it was at any moment, from its marks and its telemetry: the same feed that a running sweep
/// publishes.</summary>
internal sealed class Replay
{
    private static readonly TimeSpan s_lookBack = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan s_minRateInterval = TimeSpan.FromMilliseconds(50);

    private readonly Run _run;
    private readonly IReadOnlyList<TrialSpan> _spans;
    private readonly Lazy<LiveFeed?> _lastMemory;

    /// <param name="run">The run, read with its marks.</param>
    public Replay(Run run)
    {
        _run = run;
        _lastMemory = new Lazy<LiveFeed?>(FindLastMemory);
        _spans = TrialSpan.FromTrials(run.Trials);
        var samples = run.Telemetry.Where(timeline => timeline.Samples.Count > 0).Select(timeline => timeline.Samples[^1].At);
        End = samples.Concat(_spans.Select(span => span.To)).Append(new Instant(0)).Max();
        Start = run.Telemetry.Where(timeline => timeline.Samples.Count > 0).Select(timeline => timeline.Samples[0].At)
            .Concat(_spans.Select(span => span.From)).Append(End).Min();
    }

    /// <summary>The first moment of which something is stored.</summary>
    public Instant Start { get; }

    /// <summary>The last moment of which something is stored.</summary>
    public Instant End { get; }

    /// <summary>How many trials had ended at a moment. Trials without any time count with the one after them.</summary>
    public int CountEnded(Instant at)
    {
        if (at.CompareTo(End) >= 0)
            return _run.Trials.Count;
        var running = _spans.Where(span => span.To.CompareTo(at) > 0).Select(span => (int?)span.Trial.Number).Min();
        return running is { } number ? _run.Trials.Count(trial => trial.Number < number) : _run.Trials.Count;
    }

    /// <summary>The run at a moment.</summary>
    public LiveFeed At(Instant at)
    {
        var index = FindSpan(at);
        TrialSpan? current = index >= 0 && _spans[index].To.CompareTo(at) > 0 ? _spans[index] : null;
        var feed = new LiveFeed
        {
            RunId = _run.Manifest.RunId,
            At = at,
            Beat = at.Nanoseconds,
            Activity = index < 0 ? LiveActivity.Starting : current is null ? LiveActivity.Idle : LiveActivity.Measuring,
            StepNumber = index + 1,
            StepCount = _spans.Count,
            Machine = ReadMachine(at),
        };
        return index < 0 ? feed : AddTrial(feed, _spans[index], current is not null);
    }

    /// <summary>The run at the last moment at which its server had memory, if possible while a trial ran: after that the server has ended.
    /// Null where its memory was never read.</summary>
    public LiveFeed? AtLastMemory() => _lastMemory.Value;

    private LiveFeed? FindLastMemory()
    {
        var end = _spans.Count > 0 ? _spans.Max(span => span.To) : End;
        return FindLastMemoryTime(end) is { } at && At(at) is var feed && FindSpan(at) is >= 0 and var index
            ? feed with { Allocated = DescribeAllocated(_spans[index].Trial) }
            : null;
    }

    private Instant? FindLastMemoryTime(Instant until)
    {
        foreach (var timeline in _run.Telemetry.Reverse())
        {
            int[] columns = [.. timeline.Schema.Columns.Index()
                .Where(column => column.Item.Name == "server_rss_anon_bytes"
                    || column.Item.Name.EndsWith("_server_memory_bytes", StringComparison.Ordinal))
                .Select(column => column.Index)];
            var known = timeline.Samples.Where(sample => columns.Any(column => sample[column] > 0)).ToList();
            if (known.Count > 0)
                return (known.FindLast(sample => sample.At.CompareTo(until) <= 0) ?? known[^1]).At;
        }
        return null;
    }

    private static AllocatedMemory DescribeAllocated(Trial trial) =>
        new(trial.WindowTokens, trial.KvBytes, trial.ComputeBytes, trial.AcceleratorBytes, trial.Tier);

    private LiveFeed AddTrial(LiveFeed feed, TrialSpan span, bool isRunning)
    {
        var trial = span.Trial;
        var at = feed.At;
        var step = new LiveStep(trial.ContextTokens, trial.Repetition, trial.Concurrency, trial.OutputTokensAsked);
        if (!isRunning)
            return feed with { Step = step };
        var phase = span.PhaseAt(at);
        var marks = _run.Marks.TryGetValue(trial.Number, out var known) ? known : [];
        var arrived = marks.TakeWhile(mark => mark.Arrived.CompareTo(at) <= 0).ToList();
        var reports = arrived.Where(mark => mark.Kind == MarkKind.Prefill).ToList();
        var chunks = arrived.Where(mark => mark.Kind != MarkKind.Prefill).ToList();
        var output = chunks.Sum(mark => mark.Tokens ?? 1);
        return feed with
        {
            Step = step,
            Phase = phase,
            RequestStarted = trial.Client.Sent is { } sent && sent.CompareTo(at) <= 0 ? sent : null,
            FirstToken = chunks.Count > 0 ? chunks[0].Arrived : null,
            PromptTokens = trial.Concurrency == 1 && reports.Count > 0 ? reports[^1].Tokens : null,
            PrefillRate = trial.Concurrency == 1 && reports is [.., var before, var last]
                && last.Arrived.Since(before.Arrived) > TimeSpan.Zero
                ? (last.Tokens - before.Tokens) / last.Arrived.Since(before.Arrived).TotalSeconds
                : null,
            OutputTokens = output,
            GenerationRate = chunks.Count > 1 && chunks[^1].Arrived.Since(chunks[0].Arrived) is var passed && passed > s_minRateInterval
                ? (output - 1) / passed.TotalSeconds
                : null,
            Allocated = phase == Phase.Load
                ? null
                : DescribeAllocated(trial),
        };
    }

    // The last trial that has begun; -1 before the first.
    private int FindSpan(Instant at)
    {
        var (low, high) = (0, _spans.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_spans[middle].From.CompareTo(at) <= 0)
                low = middle + 1;
            else
                high = middle;
        }
        return low - 1;
    }

    private MachineSnapshot? ReadMachine(Instant at)
    {
        foreach (var timeline in _run.Telemetry)
        {
            var to = FindEnd(timeline.Samples, at);
            var from = FindEnd(timeline.Samples, at.Plus(-s_lookBack));
            if (to > from)
                return MachineSnapshot.FromSamples(timeline.Schema, [.. timeline.Samples.Skip(from).Take(to - from)]);
        }
        return null;
    }

    // The number of samples up to a moment.
    private static int FindEnd(IReadOnlyList<TelemetrySample> samples, Instant at)
    {
        var (low, high) = (0, samples.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (samples[middle].At.CompareTo(at) <= 0)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
