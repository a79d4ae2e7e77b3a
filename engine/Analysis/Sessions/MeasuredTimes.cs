using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Sessions;

/// <summary>
/// How long a run's server takes to compute a prompt and to generate an answer, over context. Between the measured contexts the curve is
/// straight in the logarithms, and below the smallest prefill is in proportion to the prompt. Beyond the largest both go on as over the
/// last doubling of the context: such values are a forecast, and <see cref="IsBeyond"/> says so.
/// </summary>
internal sealed class MeasuredTimes
{
    private readonly LogCurve _prefill;
    private readonly LogCurve _perToken;
    private readonly IReadOnlyList<(double At, double Value)> _rest;
    private readonly double _exponent;
    private readonly double _slope;

    private MeasuredTimes(LogCurve prefill, LogCurve perToken, IReadOnlyList<(double At, double Value)> rest)
    {
        (_prefill, _perToken, _rest) = (prefill, perToken, rest);
        // Prefill is between proportional to the prompt and to its square, whatever noise the contexts have.
        _exponent = FindLastDoubling(prefill) is var (a, b) ? Math.Clamp(Math.Log(b.Value / a.Value) / Math.Log(b.At / a.At), 1, 2) : 1;
        _slope = FindLastDoubling(perToken) is var (c, d) ? Math.Max(0, (d.Value - c.Value) / (d.At - c.At)) : 0;
    }

    /// <summary>The smallest measured context.</summary>
    public int MinTokens => (int)_prefill.Points[0].At;

    /// <summary>The largest measured context.</summary>
    public int MaxTokens => (int)_prefill.Points[^1].At;

    /// <summary>Measured contexts, 2 or more.</summary>
    public int Contexts => _prefill.Points.Count;

    /// <summary>The measured contexts, with the median time that each takes to compute.</summary>
    public IReadOnlyList<(double At, double Value)> PrefillPoints => _prefill.Points;

    /// <summary>Whether the times of a context are a forecast, because it is beyond the largest measured one.</summary>
    public bool IsBeyond(double tokens) => tokens > MaxTokens;

    /// <summary>Seconds to compute the first tokens of a prompt.</summary>
    public double PrefillSeconds(double tokens)
    {
        if (tokens <= MinTokens)
            return _prefill.Points[0].Value * Math.Max(0, tokens) / MinTokens;
        return tokens <= MaxTokens ? _prefill.At(tokens) : _prefill.Points[^1].Value * Math.Pow(tokens / MaxTokens, _exponent);
    }

    /// <summary>Seconds to compute a prompt of which the first tokens are known: the difference of both prompts. It leaves out what every
    /// prompt takes once, so the rest takes no less than a prompt of its own length, nor than one generated token, which is a pass over all
    /// weights.</summary>
    /// <param name="known">Tokens that are known, 0 or more.</param>
    /// <param name="tokens">The prompt.</param>
    public double ComputeSeconds(double known, double tokens)
    {
        if (known >= tokens)
            return 0;
        var difference = PrefillSeconds(tokens) - PrefillSeconds(known);
        return Math.Max(Math.Max(difference, PrefillSeconds(tokens - known)), StepSeconds(tokens));
    }

    /// <summary>Seconds to the first token beside queue and prefill: sending, tokenization, the first sampling. Tokenization grows with the
    /// prompt, whatever is cached of it. A straight line between the measured contexts, and beside them the value of the nearest.</summary>
    public double RestSeconds(double tokens)
    {
        if (_rest.Count == 0)
            return 0;
        var after = 0;
        while (after < _rest.Count && _rest[after].At < tokens)
            after++;
        if (after == 0 || after == _rest.Count)
            return _rest[Math.Min(after, _rest.Count - 1)].Value;
        var (from, to) = (_rest[after - 1], _rest[after]);
        return from.Value + (to.Value - from.Value) * (tokens - from.At) / (to.At - from.At);
    }

    /// <summary>Seconds to generate an answer after its first token.</summary>
    /// <param name="tokens">The prompt.</param>
    /// <param name="output">The answer.</param>
    public double GenerationSeconds(double tokens, double output) =>
        // The time of a token grows almost in a straight line, so that of the middle is the mean.
        Math.Max(0, output - 1) * StepSeconds(tokens + output / 2);

    // One generated token at a context.
    private double StepSeconds(double tokens) => _perToken.Points[^1] is var last && tokens > last.At
        ? last.Value + _slope * (tokens - last.At)
        : _perToken.At(tokens);

    /// <summary>The times of a run: of its computed contexts, or of the turns of a run of conversations that computed their whole
    /// prompts. Null where fewer than two contexts have both phases.</summary>
    public static MeasuredTimes? Find(RunReport run)
    {
        var level = run.Levels.Where(level => level[0] is { Concurrency: 1, Method: SweepMethod.Cold })
            .MaxBy(level => level.Count(context => context.PrefillSeconds is not null)) ?? [];
        var contexts = level.Where(context => context is { PrefillSeconds: not null, GenerationTps: not null }).ToList();
        return contexts.Count >= 2
            ? Create([.. contexts.Select(context => new MeasuredPrefill(context.ContextTokens, context.PrefillSeconds!.Median,
                context.PrefillSeconds.Trials.Count))],
                [.. contexts.Select(context => (context.ContextTokens + context.OutputTokensAsked / 2.0,
                    1 / context.GenerationTps!.Median))],
                [.. contexts.Select(context => context.TtftSeconds?.Median - context.PrefillSeconds!.Median)])
            : FromTurns(run.Trials);
    }

    /// <summary>The times of turns that computed their whole prompts; null where fewer than two contexts have both phases.</summary>
    public static MeasuredTimes? FromTurns(IEnumerable<TrialView> trials)
    {
        var contexts = trials
            .Where(view => view is { Trial: { Session: not null, Outcome: Completed }, PrefillRate: not null, GenerationRate: not null })
            .Where(view => !view.Trial.Flags.HasFlag(TrialFlags.Warmup) && !view.Has<Interference>())
            .GroupBy(view => view.Trial.ContextTokens).OrderBy(same => same.Key).ToList();
        double Median(IEnumerable<TrialView> views, Func<TrialView, double> value) => Quantiles.Median(views.Select(value));
        return contexts.Count < 2 ? null : Create(
            [.. contexts.Select(same => new MeasuredPrefill(same.Key, Median(same, view => view.Prefill!.Value.Duration.TotalSeconds),
                same.Count()))],
            [.. contexts.Select(same => (same.Key + Median(same, view => view.Trial.OutputTokens!.Value) / 2,
                Median(same, view => 1 / view.GenerationRate!.Value.PerSecond)))],
            [.. contexts.Select(same => Quantiles.MedianOfKnown(same.Select(view => view.Ttft?.TotalSeconds
                - view.Prefill!.Value.Duration.TotalSeconds - (view.Trial.Session!.Queue?.TotalSeconds ?? 0))))]);
    }

    // Two contexts that are close to each other have more noise than trend between them. Null for one context.
    private static ((double At, double Value) From, (double At, double Value) To)? FindLastDoubling(LogCurve curve)
    {
        if (curve.Points is not [var first, .., var last])
            return null;
        var before = curve.Points.Where(point => point.At <= last.At / 2).ToList();
        return (before.Count > 0 ? before[^1] : first, last);
    }

    // A longer prompt never takes less time; where noise says so, both take their mean.
    private static MeasuredTimes Create(IReadOnlyList<MeasuredPrefill> prefill, IReadOnlyList<(double At, double Value)> perToken,
        IReadOnlyList<double?> rest)
    {
        // A longer prompt with a shorter answer may have its middle before that of another one, or at the same place.
        IReadOnlyList<(double At, double Value)> steps = [.. perToken.GroupBy(point => point.At).OrderBy(same => same.Key)
            .Select(same => (same.Key, Quantiles.Median(same.Select(point => point.Value))))];
        var seconds = IsotonicFit.Compute(prefill.Select(point => (point.Seconds, (double)point.Trials)));
        return new MeasuredTimes(new LogCurve([.. prefill.Zip(seconds, (point, fitted) => (point.Tokens, fitted))]),
            new LogCurve(steps), CreateRest(prefill, rest));
    }

    private static IReadOnlyList<(double At, double Value)> CreateRest(IReadOnlyList<MeasuredPrefill> contexts,
        IReadOnlyList<double?> rest)
    {
        var known = contexts.Zip(rest).Where(entry => entry.Second is not null).ToList();
        var fitted = IsotonicFit.Compute(known.Select(entry => (Math.Max(0, entry.Second!.Value), (double)entry.First.Trials)));
        return [.. known.Zip(fitted, (entry, value) => (entry.First.Tokens, value))];
    }

    private readonly record struct MeasuredPrefill(double Tokens, double Seconds, int Trials);
}
