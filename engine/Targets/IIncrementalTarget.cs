using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Targets;

/// <summary>A target that can measure many contexts with one prompt that grows through them
/// (<see cref="SweepMethod.IncrementalDepth"/>).</summary>
internal interface IIncrementalTarget : ITarget
{
    /// <summary>Runs a pass.</summary>
    /// <param name="request">What to send.</param>
    /// <param name="live">Receives each mark as it arrives, on the thread that reads the stream, so it must return at once. May be
    /// null.</param>
    /// <param name="cancellation">Ends the pass when the user stops the run; the time limits are in the request.</param>
    /// <returns>
    /// One report for each context, in order, each as soon as it is complete. A report that did not complete is the last. The server's and
    /// the native prefill times are sums from the first token of the prompt on. The client's timings cover only the part of the pass since
    /// the previous context.
    /// </returns>
    IAsyncEnumerable<InferenceReport> InferIncrementallyAsync(IncrementalRequest request, Action<StreamMark>? live,
        CancellationToken cancellation);
}

/// <summary>A pass to run.</summary>
/// <param name="Prompt">The prompt of the largest context.</param>
/// <param name="Contexts">Prompt tokens at which generation is probed, ascending; the last is the whole prompt.</param>
/// <param name="WindowTokens">The context window (num_ctx) that was loaded, in tokens.</param>
/// <param name="OutputTokens">Tokens to generate at each context.</param>
/// <param name="Limits">How long each phase may take at each context.</param>
/// <param name="ComputedBatchTokens">
/// Prompt tokens before each context that are computed; the prefill of all others is skipped (<see cref="SweepMethod.SyntheticDepth"/>).
/// Null computes all tokens. Only for targets with <see cref="TargetFacts.CanSkipPrefill"/>.
/// </param>
internal sealed record IncrementalRequest(
    Prompt Prompt, IReadOnlyList<int> Contexts, int WindowTokens, int OutputTokens, PhaseLimits Limits, int? ComputedBatchTokens = null)
{
    /// <summary>The single inference that corresponds to one context of the pass.</summary>
    internal InferenceRequest ToInferenceRequest(int context) => new(
        Prompt with { TokenCount = context, TokenIds = Prompt.TokenIds is { } ids ? [.. ids.Take(context)] : null }, WindowTokens,
        OutputTokens, Limits);
}
