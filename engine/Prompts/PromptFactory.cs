using System.Collections.Concurrent;
using System.Globalization;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Primitives;
using MemoryWall.Core.Trials;
using MemoryWall.Models.Vocabularies;

namespace MemoryWall.Prompts;

/// <summary>
/// Builds prompts of exactly N tokens for one target. N includes the tokens that the target adds (BOS, template). A prompt starts with a
/// unique nonce, so that no prompt cache can match; the rest depends only on seed and variant. Problems are returned as values instead of
/// exceptions, and a prompt with a doubtful count is never returned. Thread-safe.
/// </summary>
internal sealed class PromptFactory
{
    private const int MinNonceWords = 4;
    private const int MaxCorrections = 4;

    private readonly Lock _gate = new();
    private readonly PromptSettings _settings;
    private readonly PromptSource _source;
    private readonly WordPool? _pool;
    private readonly NonceGenerator? _nonces;
    private readonly DocumentComposer? _composer;
    private readonly DocumentCalibrator? _calibrator;
    // Number of words without the nonce, for each length that was counted with a substitute prompt.
    private readonly ConcurrentDictionary<int, int> _confirmedLengths = [];

    private PromptFactory(PromptSettings settings, PromptSource source)
    {
        _settings = settings;
        _source = source;
        Problem = source.Problem;
        if (source.Pool is not { } pool)
            return;
        _pool = pool;
        _nonces = new NonceGenerator(pool);
        if (settings.Kind != PromptKind.Document)
            return;
        var clean = DocumentText.Normalize(settings.DocumentText ?? "", source.Encoder?.Specials);
        if (clean.Length == 0)
            Problem = "the document has no text: use a text file with at least one word";
        else if (source.Encoder is { IsExact: true } encoder)
            _composer = new DocumentComposer(clean, encoder, pool);
        else if (source.Counts is { } counts)
            _calibrator = new DocumentCalibrator(clean, counts, pool);
        else
            Problem = "a document cannot be cut to an exact number of tokens: "
                + $"{source.EncoderProblem ?? "the tokenizer is not known"}, and the target cannot count tokens; use words instead";
    }

    /// <summary>Why no prompt can be built; null where prompts can be built.</summary>
    public string? Problem { get; }

    /// <summary>Describes how the number of tokens is ensured; empty where <see cref="Problem"/> is set.</summary>
    public string CountingMethod => Problem is not null ? ""
        : _calibrator is not null ? "each prompt cut by the target's own counting" : _source.CountingMethod;

    /// <summary>Tokens that the target adds to every prompt, from the settings, a measurement or the vocabulary.</summary>
    public int AddedTokens => _source.AddedTokens;

    /// <summary>Whether prompts are known as token ids too.</summary>
    public bool HasTokenIds => Problem is null && _calibrator is null && _source.HasTokenIds;

    /// <summary>Whether the target's own tokenizer, which is known exactly, makes the token ids of a prompt from its text.</summary>
    public bool IsTextExact => HasTokenIds && _source.Encoder!.IsExact;

    /// <summary>
    /// The smallest N: the tokens that the target adds and a nonce of 4 words (for documents also as much text). Below about 15 tokens the
    /// nonce has less than its 96 bits.
    /// </summary>
    public int MinimumTokens => AddedTokens + (_settings.Kind == PromptKind.Document ? 2 * MinNonceWords : MinNonceWords);

    /// <summary>Prepares prompts for a target: finds and verifies its words, and measures the tokens that the target adds.</summary>
    /// <param name="vocabulary">The target's vocabulary; null where unknown.</param>
    /// <param name="count">Counts tokens with the target, including those that it adds; null where the target cannot count. It may fail or
    /// return null.</param>
    /// <param name="settings">The settings of the prompts.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <returns>The factory; it cannot build prompts where it has a <see cref="Problem"/>.</returns>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static async Task<PromptFactory> CreateAsync(
        Vocabulary? vocabulary, Func<string, CancellationToken, Task<int?>>? count, PromptSettings settings, CancellationToken cancellation)
    {
        if (settings.AddedTokens is < 0)
            return new PromptFactory(settings,
                PromptSource.Failed(FormattableString.Invariant($"AddedTokens is {settings.AddedTokens}; it must be 0 or more")));
        if (settings.Kind == PromptKind.Document && settings.DocumentText is null)
            return new PromptFactory(settings, PromptSource.Failed("DocumentText is missing; prompts of kind 'document' need a text"));
        var source = await PromptSource.CreateAsync(vocabulary, count, settings, cancellation).ConfigureAwait(false);
        return new PromptFactory(settings, source);
    }

    /// <summary>Builds a prompt.</summary>
    /// <param name="tokens">N: the number of tokens that the target will count.</param>
    /// <param name="variant">Selects the words after the nonce, for example the trial's number.</param>
    /// <param name="nonce">An earlier nonce, to build the same prompt again; null to draw a new one.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <returns>The prompt or the problem.</returns>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async Task<PromptResult> BuildAsync(int tokens, int variant, string? nonce = null, CancellationToken cancellation = default)
    {
        if (Problem is not null)
            return PromptResult.Failed(Problem);
        if (tokens < MinimumTokens)
        {
            return PromptResult.Failed(string.Create(CultureInfo.InvariantCulture,
                $"a prompt of {tokens} tokens is too short: it must have at least {MinimumTokens} ({AddedTokens} that the target adds, "
                + $"and a nonce that no cache can match)"));
        }
        var opening = ResolveNonce(tokens - AddedTokens, nonce, out var problem);
        if (opening is null)
            return PromptResult.Failed(problem!);

        var draft = await ComposeAsync(tokens, tokens - AddedTokens, opening, variant, cancellation).ConfigureAwait(false);
        if (draft.Problem is null && _calibrator is null && _settings.ConfirmEach && _source.Counts is { } counts)
            draft = await ConfirmAsync(draft, counts, tokens, opening, variant, cancellation).ConfigureAwait(false);
        if (draft.Problem is not null)
            return PromptResult.Failed(draft.Problem);
        return new PromptResult(
            new Prompt
            {
                Kind = _settings.Kind,
                Text = draft.Text,
                TokenCount = tokens,
                TokenIds = draft.Ids,
                Nonce = _pool!.Join("", opening)
            },
            null);
    }

    /// <summary>The pieces of conversations; null where <see cref="Problem"/> is set or prompts are made of a document.</summary>
    public ConversationTexts? CreateConversationTexts() =>
        Problem is null && _settings.Kind == PromptKind.Words ? new ConversationTexts(_pool!, _source, _settings.CountRunsPrefill) : null;

    private int[]? ResolveNonce(int content, string? nonce, out string? problem)
    {
        problem = null;
        // Half of a short document prompt is reserved for the document.
        var room = _settings.Kind == PromptKind.Document ? content / 2 : content;
        if (nonce is null)
            return _nonces!.Draw(Math.Min(_nonces.FullLength, room));
        var parsed = _nonces!.Parse(nonce, out problem);
        if (parsed is null || parsed.Length <= room)
            return parsed;
        problem = FormattableString.Invariant($"the nonce has {parsed.Length} words, more than the {room} that this prompt has room for");
        return null;
    }

    private async Task<Draft> ComposeAsync(int tokens, int content, int[] opening, int variant, CancellationToken cancellation)
    {
        var words = SplitMix64.FromPair(_settings.Seed, variant);
        if (_calibrator is not null)
        {
            var (text, problem) = await _calibrator.ComposeAsync(opening,
                _settings.CountRunsPrefill() ? DrawSubstituteNonce(opening) : opening, tokens, AddedTokens, words, cancellation)
                .ConfigureAwait(false);
            return new Draft(text ?? "", null, problem);
        }
        lock (_gate)
        {
            if (_composer is not null)
            {
                var (text, ids, problem) = _composer.Compose(opening, content, words);
                return problem is null ? new Draft(text!, _source.AddSpecialTokens(ids!, tokens), null) : new Draft("", null, problem);
            }
            return ComposeWords(tokens, content, opening, words);
        }
    }

    private Draft ComposeWords(int tokens, int content, int[] opening, SplitMix64 words)
    {
        var text = _pool!.Join("", [.. opening, .. _pool.Draw(words, content - opening.Length)]);
        if (_source.Encoder is null)
            return new Draft(text, null, null);
        var ids = _source.Encoder.Encode(text);
        return ids?.Count == content
            ? new Draft(text, _source.AddSpecialTokens(ids, tokens), null)
            : new Draft("", null,
                string.Create(CultureInfo.InvariantCulture,
                    $"a text of {content} words has {ids?.Count} tokens by {_source.Encoder.Name}; please report the vocabulary"));
    }

    private async Task<Draft> ConfirmAsync(Draft draft, TargetTokenCounter counts, int tokens, int[] opening, int variant,
        CancellationToken cancellation)
    {
        var content = tokens - AddedTokens;
        var computes = _settings.CountRunsPrefill();
        if (computes && _confirmedLengths.TryGetValue(tokens, out var known))
            return known == content ? draft : await ComposeAsync(tokens, known, opening, variant, cancellation).ConfigureAwait(false);
        for (var round = 0; draft.Problem is null; round++)
        {
            var shown = computes
                ? await ComposeAsync(tokens, content, DrawSubstituteNonce(opening), ~variant, cancellation).ConfigureAwait(false)
                : draft;
            if (shown.Problem is not null)
                return shown;
            var answer = await counts.CountAsync(shown.Text, cancellation).ConfigureAwait(false);
            // A recounted prompt is exact without confirmation, a calibrated one is not.
            if (answer.Tokens is not { } counted)
                return _source.Encoder is { IsExact: true } && round == 0 ? draft : draft with { Problem = answer.Problem };
            if (counted == tokens)
            {
                if (computes)
                    _confirmedLengths[tokens] = content;
                return draft;
            }
            content += tokens - counted;
            if (round == MaxCorrections || content < opening.Length)
                return draft
                    with
                {
                    Problem = string.Create(CultureInfo.InvariantCulture,
                        $"the target counts {counted} tokens for a prompt of {tokens}, "
                        + $"and adding or removing words does not correct it")
                };
            draft = await ComposeAsync(tokens, content, opening, variant, cancellation).ConfigureAwait(false);
        }
        return draft;
    }

    // A substitute nonce of the same length, so that a cached prompt matches no prompt of a trial.
    private int[] DrawSubstituteNonce(int[] opening) => _nonces!.Draw(opening.Length);

    private sealed record Draft(string Text, int[]? Ids, string? Problem);
}
