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
    /// <param name="live">Told of each mark as it arrives, on the stream's own thread: it must return at once. May be null.</param>
    /// <param name="cancellation">The user's wish to stop; the limits are in the request.</param>
    /// <returns>
    /// One report for each context, in their order, as soon as it is there. One that did not complete is the last. Its server and native
    /// prefill are the sum from the first token of the prompt on; its client points are of its own stretch, which begins where the one
    /// before ended.
    /// </returns>
    IAsyncEnumerable<InferenceReport> InferIncrementallyAsync(IncrementalRequest request, Action<StreamMark>? live,
        CancellationToken cancellation);
}

/// <summary>A pass to run.</summary>
/// <param name="Prompt">The prompt of the largest context.</param>
/// <param name="Contexts">Prompt tokens at which generation is probed, ascending; the last is the whole prompt.</param>
/// <param name="WindowTokens">The context window (num_ctx), the one that was loaded.</param>
/// <param name="OutputTokens">Tokens to generate at each context.</param>
/// <param name="Limits">How long each phase of each context's stretch may take.</param>
/// <param name="ComputedBatchTokens">
/// Prompt tokens before each context that are computed, the others taken as they are (<see cref="SweepMethod.SyntheticDepth"/>); null for
/// all. Only a target that <see cref="TargetFacts.CanSkipPrefill"/>.
/// </param>
internal sealed record IncrementalRequest(
    Prompt Prompt, IReadOnlyList<int> Contexts, int WindowTokens, int OutputTokens, PhaseLimits Limits, int? ComputedBatchTokens = null)
{
    /// <summary>The inference that a context of the pass stands for.</summary>
    internal InferenceRequest ToInferenceRequest(int context) => new(
        Prompt with { TokenCount = context, TokenIds = Prompt.TokenIds is { } ids ? [.. ids.Take(context)] : null }, WindowTokens,
        OutputTokens, Limits);
}
