using System.Text.RegularExpressions;

namespace MemoryWall.Audit.Rules;

/// <summary>
/// Faster than the machine can be. Each generated token of one stream reads the weights once, so rate × bytes is a bandwidth, and the
/// memory has one too. Weights that fit in a processor's cache are not read from memory, and of a mixture of experts only a part is read:
/// neither is judged.
/// </summary>
internal sealed class ImpossibleRateRule : IAuditRule
{
    private static readonly Regex s_mixture = new(@"moe|\d+x\d+|\bA\d+(\.\d+)?B\b|gpt-oss|deepseek|mixtral|expert",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    // What a short test of the memory reached is not the last that it can do.
    private const double Slack = 1.25;

    // Ten times the fastest devices sold; who exceeds it computes nothing.
    private const double MaxBytesPerSecond = 1e14;
    private const double MaxTokensPerSecond = 1e6;

    public string Name => "impossible-rate";

    public RuleOrigin Origin { get; } = new("tenstorrent/tt-inference-server#3331",
        "2,089,681 tokens a second were written into a table where the rows beside it had 50");

    public IEnumerable<(string Sentence, IReadOnlyList<int> Records)> Check(AuditedFile file)
    {
        foreach (var record in file.Records.Where(record => record.Succeeded != false))
        {
            if (record.WeightBytes is > 0 and var weights && record.GenerationTps is > 0 and var rate && record.Concurrency is null or <= 1
                && !IsMixture(record.Model))
            {
                var bandwidth = rate * weights;
                var limit = file.MemoryBytesPerSecond is > 0 and var memory && weights > (file.BeyondCacheBytes ?? 0)
                    ? memory * Slack
                    : MaxBytesPerSecond;
                if (bandwidth > limit)
                {
                    yield return (FormattableString.Invariant(
                        $"{record.Name}: {rate:#,0.#} tokens/s over {weights / 1e9:0.##} GB of weights need {bandwidth / 1e9:#,0.#} GB/s; {(limit == MaxBytesPerSecond ? "no machine has that" : FormattableString.Invariant($"the memory gives {file.MemoryBytesPerSecond / 1e9:#,0.#}"))}"), [record.Number]);
                    continue;
                }
            }
            var perStream = record.TotalTps / Math.Max(1, record.Concurrency ?? 1);
            if (new[] { record.PrefillTps, record.GenerationTps, perStream }.Max() is > MaxTokensPerSecond and var most)
                yield return (FormattableString.Invariant($"{record.Name}: {most:#,0} tokens/s for one stream; no machine does that"),
                    [record.Number]);
        }
    }

    private static bool IsMixture(string? model) => model is not null && s_mixture.IsMatch(model);
}
