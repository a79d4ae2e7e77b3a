using System.Text;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Targets;

/// <summary>Counts tokens on a server without an endpoint for it: the server computes the prompt and generates one token.</summary>
/// <param name="LoadedWindow">The window of the loaded model, in tokens; null where none is loaded.</param>
/// <param name="TrainedContext">The largest window, in tokens; null where the model does not say.</param>
internal readonly record struct PromptComputation(int? LoadedWindow, int? TrainedContext)
{
    // Room for the tokens that a server adds, and for the generated one.
    private const int MarginTokens = 256;

    private static readonly TimeSpan s_generationLimit = TimeSpan.FromMinutes(1);

    /// <summary>The time limits of counting: those of the plan for the prompt, and less for the single token after it.</summary>
    public static PhaseLimits GetLimits(PhaseLimits plan) =>
        plan with { Generation = plan.Generation < s_generationLimit ? plan.Generation : s_generationLimit };

    /// <summary>Counts the tokens of <paramref name="prompt"/> in a window that fits them.</summary>
    /// <param name="prompt">The text.</param>
    /// <param name="limits">The time limits of the plan.</param>
    /// <param name="infer">Sends the prompt of the request, in the window of the request.</param>
    public async Task<TokenCountResult> CountAsync(string prompt, PhaseLimits limits, Func<InferenceRequest, Task<InferenceReport>> infer)
    {
        var bytes = Encoding.UTF8.GetByteCount(prompt);
        // A token is rarely shorter than two bytes and never than one. A loaded window that is large enough stays, which saves a load.
        var window = Fit(Math.Max(LoadedWindow ?? 0, (bytes / 2) + MarginTokens));
        var largest = Fit(bytes + MarginTokens);
        var count = await CountInAsync(window).ConfigureAwait(false);
        return count.Problem is Refused && largest > window ? await CountInAsync(largest).ConfigureAwait(false) : count;

        async Task<TokenCountResult> CountInAsync(int windowTokens)
        {
            var text = new Prompt { Kind = PromptKind.Words, Text = prompt, TokenCount = 0, Nonce = "" };
            return TokenCountResult.FromReport(
                await infer(new InferenceRequest(text, windowTokens, 1, GetLimits(limits))).ConfigureAwait(false));
        }
    }

    private int Fit(int tokens) => Math.Min(TrainedContext ?? int.MaxValue, tokens);
}
