using MemoryWall.Analysis;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The sentence for the largest context that meets a latency limit.</summary>
internal static class GoodputPhrases
{
    public static string Format(Goodput goodput)
    {
        ArgumentNullException.ThrowIfNull(goodput);
        var slo = SloFormat.Format(goodput.Slo);
        if (goodput.Contexts.All(context => context.Meets is null))
            return $"It is unknown whether any context meets the limit ({slo}): no trial could be judged.";
        var failing = goodput.Contexts.FirstOrDefault(context => context.Meets == false);
        var failure = failing is null
            ? ""
            : $"{NumberFormat.Context(failing.ContextTokens)} does not ({failing.Met} of {failing.Judged} trials do)";
        var later = goodput.Contexts.Any(context => context.Meets == true && context.ContextTokens > goodput.FailsAtTokens)
            ? "; a larger context meets it again, so the edge is not sharp"
            : "";
        return (goodput.LargestTokens, failing) switch
        {
            (null, _) => $"No context meets the limit ({slo}): {failure}{later}.",
            ({ } largest, null) => $"Every measured context meets the limit ({slo}), up to {NumberFormat.Context(largest)}.",
            ({ } largest, _) => $"The largest context that meets the limit ({slo}) is {NumberFormat.Context(largest)}; {failure}{later}.",
        };
    }
}
