namespace MemoryWall.Analysis;

/// <summary>
/// The times of both phases between the measured contexts: straight lines in the logarithms. Generation is extrapolated by at most an
/// eighth of the largest context; otherwise there are no values beyond the measured contexts.
/// </summary>
internal sealed class PhaseCurves(IReadOnlyList<ContextSummary> contexts)
{
    private const double MaxExtrapolation = 1.125;
    private const int StepCount = 32;
    private readonly LogCurve _prefill = new([
        .. contexts.Where(c => c is { PrefillSeconds: not null, PrefillShare: not null })
            .Select(c => ((double)c.ContextTokens, c.PrefillSeconds!.Median))]);

    // The rate of an answer is that at its middle.
    private readonly LogCurve _rates = new([
        .. contexts.Where(c => c.GenerationTps is not null)
            .Select(c => (c.ContextTokens + c.OutputTokensAsked / 2.0, c.GenerationTps!.Median))]);

    /// <summary>Whether both phases were measured at two contexts or more.</summary>
    public bool HasCurves => _prefill.Points.Count > 1 && _rates.Points.Count > 1;

    public double MinTokens => _prefill.Points[0].At;

    public double MaxTokens => _prefill.Points[^1].At;

    /// <summary>Seconds to compute a prompt; null outside the measured contexts.</summary>
    public double? PrefillSeconds(double tokens) =>
        tokens < MinTokens * 0.999 || tokens > MaxTokens * 1.001 ? null : _prefill.At(tokens);

    /// <summary>Seconds to generate an answer after a prompt, Σ 1/TG(depth) over its tokens after the first; null where it is too far
    /// beyond the measured depths.</summary>
    public double? GenerationSeconds(double tokens, double output)
    {
        if (tokens + output > _rates.Points[^1].At * MaxExtrapolation || tokens < MinTokens * 0.999)
            return null;
        // A midpoint sum is exact enough, because the rate changes slowly.
        var step = (output - 1) / StepCount;
        return Enumerable.Range(0, StepCount).Sum(i => step / _rates.At(tokens + step * (i + 0.5)));
    }

    /// <summary>Prefill's share of both, 0 to 1.</summary>
    public double? PrefillShare(double tokens, double output) =>
        PrefillSeconds(tokens) is { } prefill && GenerationSeconds(tokens, output) is { } generation
            ? prefill / (prefill + generation)
            : null;

    /// <summary>The context at which an answer of this length takes as long as its prompt, by <see cref="PhaseCrossing"/>; null where there
    /// is none within the measured contexts, or more than one.</summary>
    public double? FindCrossover(double output)
    {
        var points = from point in _prefill.Points
                     let generation = GenerationSeconds(point.At, output)
                     where generation is not null
                     select (point.At, Math.Log(point.Value / generation.Value));
        return PhaseCrossing.FindAll([.. points]) is [var only] ? only.Tokens : null;
    }
}
