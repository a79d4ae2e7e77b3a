using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Rules;

/// <summary>The thresholds by which a trial is doubted, or has no rate.</summary>
internal sealed record TrialRules
{
    /// <summary>
    /// Share of the prompt that may be cached without a cache hit. Default 0.01: the first tokens of a chat template are the same in every
    /// request and are typically cached as a block of 16; up to this share they are subtracted from the prompt.
    /// </summary>
    public double MaxTemplateShare { get; init; } = 0.01;

    /// <summary>
    /// Queue time that the server reports, from which a trial counts as queued. Default 50 ms: a thread on a busy machine may take this
    /// long to wake up, and waiting for the request of another client takes longer.
    /// </summary>
    public TimeSpan MaxQueue { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Load time inside a timed request, from which the model counts as loaded again. Default 200 ms: measured are 1 to 24 ms where the
    /// model is loaded already and 350 ms and more where it is loaded again. The lower half of that gap is left to a busy machine.
    /// </summary>
    public TimeSpan MaxLoad { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Time by which an arrival at the client may differ from the server's report, in addition to one token and to
    /// <see cref="ArrivalToleranceShare"/>. Default 250 ms: an arrival is late by the network, by buffers and by a client that wakes up
    /// late on a busy machine.
    /// </summary>
    public TimeSpan ArrivalTolerance { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Share of the duration by which the two may differ, where it is longer than <see cref="ArrivalTolerance"/>. Default
    /// 0.1.</summary>
    public double ArrivalToleranceShare { get; init; } = 0.1;

    /// <summary>
    /// Time for each prompt token by which the first token may be later than the server's report where the prompt is sent as text and the
    /// server does not report how long it took to convert it to tokens. Default 50 µs: measured are 1 to 12 µs on a quiet machine
    /// (llama.cpp; words, Chinese, and runs without a space) and 33 µs on a busy one, with the reading of the request.
    /// </summary>
    public TimeSpan MaxTokenizationPerToken { get; init; } = TimeSpan.FromMicroseconds(50);

    /// <summary>
    /// How many times longer than at one stream the conversion of a prompt may take where several streams send theirs at once. Default 2:
    /// a server converts each in a thread of its own, and these share the processor.
    /// </summary>
    public double MaxTokenizationRatio { get; init; } = 2;

    /// <summary>
    /// Time by which the phases that a server reports may be longer together than the client waited from the request to the end, in
    /// addition to <see cref="ExcessToleranceShare"/>. Default 5 ms. This is not the question of <see cref="ArrivalTolerance"/>: an arrival
    /// can be late, but no server can work longer than its client waits, so that only rounding and the rate of the two clocks are
    /// allowed for.
    /// </summary>
    public TimeSpan ExcessTolerance { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Share of the wait by which the reported phases may be longer. Default 0.02.</summary>
    public double ExcessToleranceShare { get; init; } = 0.02;

    /// <summary>
    /// Time between two chunks below which they count as one arrival in every stream. Default 100 µs: no single stream generates 10,000
    /// tokens a second.
    /// </summary>
    public TimeSpan MinArrivalGap { get; init; } = StreamArrivals.MinGap;

    /// <summary>
    /// Share of the mean time between chunks below which two of them count as one arrival. Default 0.1: a server that generates evenly is
    /// far from it, and chunks of one burst are below it.
    /// </summary>
    public double MaxBurstShare { get; init; } = 0.1;

    /// <summary>The longest time that <see cref="MaxBurstShare"/> gives. Default 1 ms: the chunks of a burst are only written and read one
    /// after the other; a server whose memory thrashes makes long pauses between tokens that take longer than this.</summary>
    public TimeSpan MaxBurstGap { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Tokens for each arrival from which an answer counts as buffered. Default 8: then the first arrival is 7 tokens too late at
    /// the least, and says nothing about the end of prefill.</summary>
    public int MinBufferedTokens { get; init; } = 8;

    /// <summary>
    /// Chunks in a later arrival, in the mean, from which a first arrival of two counts as collected with its second chunk. Default 1.5: a
    /// client that wakes up late once reads two chunks at once, and single ones after them; what collects chunks on their way does so in
    /// the whole stream.
    /// </summary>
    public double MinCollectedChunks { get; init; } = 1.5;

    /// <summary>
    /// Share of the time that a piece of an answer took to generate, by which the first token must be late at the least, to count as held
    /// back with the rest of its piece. Default 0.5: the first piece may be smaller than the others.
    /// </summary>
    public double MinHeldShare { get; init; } = 0.5;

    /// <summary>
    /// Tokens that a server may count beyond those of the step before it worked for another client. Default 32: it may count the last
    /// tokens of a request a moment after its answer; a request of another client has more tokens.
    /// </summary>
    public long OtherClientTokens { get; init; } = 32;

    /// <summary>
    /// Share of the cached tokens of the warmest trial of a context that a trial with a prompt cache on purpose must find. Default 0.9: the
    /// first trial finds the cache empty, or filled by a shorter prompt, and computes the rest.
    /// </summary>
    public double MinWarmShare { get; init; } = 0.9;

    /// <summary>
    /// Share of N by which the target's count may differ for a conversation that is sent as text and that only the target counts. Default
    /// 0.05: a chat template adds some tokens to each message, and an answer may become other tokens as a part of the next prompt. Each
    /// turn corrects the length of the next; a larger difference is a prompt that was cut.
    /// </summary>
    public double MaxConversationMiscountShare { get; init; } = 0.05;

    /// <summary>Share of the prompt that must be resumed from storage. Default 0.95: the last prompt token is always computed, for its
    /// logits, and some servers compute a few more.</summary>
    public double MinResumedShare { get; init; } = 0.95;

    /// <summary>
    /// Share of tokens that must have come in chunks of their own for a generation rate by the client's clock. Default 0.9: this clock
    /// starts with the first chunk, so tokens that came with that chunk took no time, and from this share on the rate is wrong by a tenth
    /// at most.
    /// </summary>
    public double MinChunkShare { get; init; } = 0.9;

    /// <summary>
    /// Share of the requested tokens that an answer must have for a generation rate. Default 0.5: some servers cannot ignore an end-of-text
    /// token. A longer answer represents its depth, and is doubted; a shorter one consists mostly of its first steps, which differ from the
    /// later ones.
    /// </summary>
    public double MinOutputShare { get; init; } = 0.5;

    /// <summary>
    /// How many times faster than the bound from several other trials a prefill is, to suspect a cache hit. Default 5: a busy machine makes
    /// a difference of two to three.
    /// </summary>
    public double MinCacheSpeedup { get; init; } = 5;

    /// <summary>The same where one other trial gives the bound. Default 20: that trial may have been slow for a reason of its
    /// own.</summary>
    public double MinCacheSpeedupOverOne { get; init; } = 20;

    /// <summary>
    /// How many times larger than in the other trials the ratio of prefill to generation rate is, to suspect a cache hit. Default 3: where
    /// the rest of the run is slow for another reason (pages moved, a busy machine), generation is slow as well.
    /// </summary>
    public double MinCacheRateRatio { get; init; } = 3;

    /// <summary>
    /// Multiple of the measured arithmetic ceiling that no processor exceeds. Default 40: the ceiling is of 32-bit operations in vectors;
    /// eight-bit dot products do four times as many, matrix units (AMX) thirty-two. It applies where the instruction sets are unknown, and
    /// to processors with a matrix unit; for others see <see cref="CeilingMargin"/>.
    /// </summary>
    public double MaxCeilingMultiple { get; init; } = 40;

    /// <summary>
    /// How far a library may exceed the measured ceiling with the same instructions. Default 2: the loop that measures it reaches more than
    /// half of what a core can do, and a machine that is measured while it is warm runs at more than half of its highest clock.
    /// </summary>
    public double CeilingMargin { get; init; } = 2;

    /// <summary>Largest ratio of the prefill times of several contexts that is no growth. Default 1.25: repetitions on a quiet machine
    /// differ by less.</summary>
    public double MaxFlatRatio { get; init; } = 1.25;

    /// <summary>
    /// Largest difference of the medians of several contexts that is no growth. Default 3 ms: after a cache hit a server times one step,
    /// measured as 0.9 to 2.5 ms with no order by context. Growth over a range of four that takes no longer is 250,000 tokens a second or
    /// more, which no processor computes with a model that writes text.
    /// </summary>
    public TimeSpan MaxFlatDifference { get; init; } = TimeSpan.FromMilliseconds(3);

    /// <summary>Ratio of the largest to the smallest of three or more contexts over which prefill on processors must grow. Default 4: a
    /// processor computes a token in about the time of a generation step divided by a small number, so that the fixed cost of a batch
    /// cannot hide a growth by four.</summary>
    public double MinFlatRange { get; init; } = 4;

    /// <summary>The same for two contexts. Default 16: a single slow trial at the smaller one hides a growth by four, but not
    /// this.</summary>
    public double MinFlatRangeOfTwo { get; init; } = 16;

    /// <summary>The smallest context in that comparison. Default 256: below, fixed costs can be most of the time.</summary>
    public int MinFlatTokens { get; init; } = 256;

    /// <summary>
    /// How many times faster than the fastest stretch before a stretch of an incremental pass may be. Default 2: a token at greater depth
    /// never costs less; the factor allows for the fixed costs of a short first prompt and for a busy machine.
    /// </summary>
    public double MaxStretchSpeedup { get; init; } = 2;

    /// <summary>The fewest tokens of a stretch whose rate is a reference for later ones. Default 256: below, fixed costs
    /// dominate.</summary>
    public int MinStretchTokens { get; init; } = 256;
}
