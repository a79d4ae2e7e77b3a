using MemoryWall.Core.Plan;
using MemoryWall.Core.Primitives;
using MemoryWall.Models.Vocabularies;
using MemoryWall.Prompts.Tokenizers;

namespace MemoryWall.Prompts;

/// <summary>The sources of one target's prompts: its words, its tokenizer where known, and its token counting where available.</summary>
internal sealed record PromptSource
{
    private const int ShortTextWords = 8;
    private const int LongTextWords = 40;

    private readonly Vocabulary? _vocabulary;

    private PromptSource(Vocabulary? vocabulary) => _vocabulary = vocabulary;

    /// <summary>The words; null for none.</summary>
    public WordPool? Pool { get; private init; }

    /// <summary>The target's tokenizer; null where it is unknown or not exact.</summary>
    public TextEncoder? Encoder { get; private init; }

    /// <summary>Why there is no encoder or it is not exact.</summary>
    public string? EncoderProblem { get; private init; }

    /// <summary>The target's token counting; null where it has none.</summary>
    public TargetTokenCounter? Counts { get; private init; }

    /// <summary>Tokens that the target adds to every prompt.</summary>
    public int AddedTokens { get; private init; }

    /// <summary>Describes how the number of tokens is ensured.</summary>
    public string CountingMethod { get; private init; } = "";

    /// <summary>Why no prompt can be built; null where prompts can be built.</summary>
    public string? Problem { get; private init; }

    public static PromptSource Failed(string problem) => new((Vocabulary?)null) { Problem = problem };

    /// <summary>The tokens of a text with the added tokens; null where the target adds other tokens than its vocabulary
    /// specifies.</summary>
    public int[]? AddSpecialTokens(List<int> ids, int tokens)
    {
        if (_vocabulary is null || ids.Count + AddedSpecialTokens.Count(_vocabulary) != tokens
            || AddedTokens != AddedSpecialTokens.Count(_vocabulary))
            return null;
        var framed = new int[tokens];
        var at = 0;
        if (AddedSpecialTokens.Bos(_vocabulary) is { } bos)
            framed[at++] = bos;
        ids.CopyTo(framed, at);
        if (AddedSpecialTokens.Eos(_vocabulary) is { } eos)
            framed[^1] = eos;
        return framed;
    }

    /// <summary>The ids before every text; none where they are not known.</summary>
    public IReadOnlyList<int> OpeningIds => _vocabulary is not null && AddedSpecialTokens.Bos(_vocabulary) is { } bos ? [bos] : [];

    /// <summary>Whether prompts are known as token ids too.</summary>
    public bool HasTokenIds => Encoder is not null && _vocabulary is not null && AddedTokens == AddedSpecialTokens.Count(_vocabulary);

    /// <summary>Creates a source from the vocabulary where possible, otherwise by calibration with the target's token counts.</summary>
    public static async Task<PromptSource> CreateAsync(
        Vocabulary? vocabulary, Func<string, CancellationToken, Task<int?>>? count, PromptSettings settings, CancellationToken cancellation)
    {
        var counts = count is null ? null : new TargetTokenCounter(count);
        string? doubt;
        if (vocabulary is null)
            doubt = "the target does not report its vocabulary";
        else if (TextEncoder.Create(vocabulary, out doubt) is { } encoder
            && VocabularyWordFinder.Find(vocabulary, encoder, out doubt) is { } pool)
        {
            // Words that are whole entries have known ids; other text needs an exact tokenizer.
            var needsCount = !settings.TakesTokenIds || (settings.Kind == PromptKind.Document && !encoder.IsExact);
            var (added, measured, disagreement) = await MeasureAddedTokensAsync(pool, vocabulary, needsCount ? counts : null, settings,
                cancellation)
                .ConfigureAwait(false);
            if (settings.AddedTokens is { } given && given != added)
                return Failed(
                    FormattableString.Invariant(
                        $"AddedTokens is {given}, but the target adds {added} tokens to a text; use {added}, or leave it out"));
            if (disagreement is null)
                return FromVocabulary(vocabulary, encoder, pool, measured, added, settings);
            doubt = disagreement;
        }
        return await CalibrateAsync(counts, settings, doubt, cancellation).ConfigureAwait(false);
    }

    private static PromptSource FromVocabulary(Vocabulary vocabulary, TextEncoder encoder, WordPool pool, TargetTokenCounter? counts,
        int added, PromptSettings settings)
    {
        var how = encoder.IsExact
            ? $"token counts checked with {encoder.Name}"
            : $"by construction from whole words of the target's vocabulary, token counts checked with {encoder.Name}";
        return new PromptSource(vocabulary)
        {
            Pool = pool,
            Encoder = encoder,
            EncoderProblem = encoder.IsExact ? null : $"the tokenizer is not known exactly ({encoder.Name})",
            Counts = counts,
            AddedTokens = added,
            CountingMethod = counts is not null && settings.ConfirmEach
                ? $"{how}, each {ConfirmedUnit(settings)} confirmed by the target's own count"
                : how,
        };
    }

    private static string ConfirmedUnit(PromptSettings settings) => settings.CountRunsPrefill() ? "length" : "prompt";

    private static async Task<PromptSource> CalibrateAsync(TargetTokenCounter? counts, PromptSettings settings, string? doubt,
        CancellationToken cancellation)
    {
        if (counts is null)
            return Failed($"prompts of an exact length cannot be built: {doubt}, and the target cannot count");
        var (pool, added, problem) = await new WordCalibrator(counts, settings.MaxCalibrationCalls).FindAsync(cancellation)
            .ConfigureAwait(false);
        if (pool is null)
            return Failed($"prompts of an exact length cannot be built: {doubt}; {problem}");
        return new PromptSource((Vocabulary?)null)
        {
            Pool = pool,
            EncoderProblem = doubt,
            Counts = counts,
            AddedTokens = added,
            CountingMethod = $"calibrated with the target's token counts ({doubt})"
                + (settings.ConfirmEach ? $", each {ConfirmedUnit(settings)} confirmed by it" : ""),
        };
    }

    /// <summary>
    /// Counts two texts of known length, which shows how many tokens the target adds and whether it uses this vocabulary. A target that
    /// returns no count cannot count.
    /// </summary>
    private static async Task<(int Added, TargetTokenCounter? Counts, string? Disagreement)> MeasureAddedTokensAsync(
        WordPool pool, Vocabulary vocabulary, TargetTokenCounter? counts, PromptSettings settings, CancellationToken cancellation)
    {
        var named = settings.AddedTokens ?? AddedSpecialTokens.Count(vocabulary);
        if (counts is null || (settings.AddedTokens is not null && !settings.ConfirmEach))
            return (named, counts, null);
        var words = pool.Draw(SplitMix64.FromPair(0, 0), LongTextWords);
        words[0] = pool.Openers[0];
        if ((await counts.CountAsync(pool.Join("", words.AsSpan(0, ShortTextWords)), cancellation)
            .ConfigureAwait(false)).Tokens is not { } few)
            return (named, null, null);
        var many = (await counts.CountAsync(pool.Join("", words), cancellation).ConfigureAwait(false)).Tokens;
        if (many - LongTextWords != few - ShortTextWords || few < ShortTextWords)
            return (named, counts,
                FormattableString.Invariant(
                    $"the target counts {few} and {many ?? 0} tokens for {ShortTextWords} and {LongTextWords} words of its vocabulary"));
        return (few - ShortTextWords, counts, null);
    }
}
