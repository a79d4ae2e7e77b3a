using CsCheck;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;

namespace MemoryWall.Engine.Tests.Runs;

/// <summary>Runs and trials for the store's tests, and generators of arbitrary trials.</summary>
internal static class StoreSamples
{
    public static RunManifest Manifest(string id = "20260131-142530-7f3a91c2") => new()
    {
        RunId = id,
        StartedUtc = new DateTimeOffset(2026, 1, 31, 14, 25, 30, TimeSpan.Zero),
        Plan = new SweepPlan
        {
            Target = "embedded",
            Contexts = [new TokenCount(2048), new TokenCount(8192)],
            Limits = new PhaseLimits { Silence = TimeSpan.FromTicks(3) }
        },
        Machine = new MachineFacts { OperatingSystem = "Linux", Architecture = "X64", CpuModel = "=cmd|' /C calc'!A0" },
        Target = new TargetFacts { Kind = "embedded", Endpoint = "http://127.0.0.1:4711", Model = "nano" },
        EngineVersion = "0.1.0",
    };

    public static Trial Trial(int number) => new()
    {
        Number = number,
        ContextTokens = 2048,
        Repetition = number,
        OutputTokensAsked = 64,
        Nonce = "amber, \"otter\" é" + number,
        CountedPromptTokens = 2048,
        OutputTokens = 64,
        Chunks = 64,
        Client = new ClientTimings { Sent = new Instant(1_000_000_001), TimeToFirstToken = TimeSpan.FromTicks(5_000_001) },
        StopReason = "length",
        Outcome = number % 2 == 0 ? new Refused(500, "a, \"b\"\nc — d") : new Completed(),
        Flags = TrialFlags.Emulated | TrialFlags.AfterRestart,
        AcceleratorBytes = 1_234_567,
    };

    public static IReadOnlyList<StreamMark> Marks(int number) =>
    [
        new(MarkKind.Prefill, 512, new Instant(number * 1_000_000_000L), TimeSpan.FromTicks(1)),
        new(MarkKind.Chunk, null, new Instant(number * 1_000_000_000L + 7), null),
    ];

    /// <summary>One of several values.</summary>
    public static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static readonly Gen<string> s_text = Gen.OneOf(
        Gen.String[Gen.Char["=+-@'\\\"\t\r\n, ;a0é＝\u0000\u001b\u007f\u2028\uFEFF"], 0, 12],
        Gen.String[Gen.Char, 0, 20],
        OneOf("", "'", "''=1", "=1+1", "\\n", "\\", "\\u0041", "日本語", "😀", "\ud800", "a\udc00", " padded ", "\"", "a\r\nb"));

    // JSON cannot contain an unpaired surrogate.
    private static readonly Gen<string> s_jsonText = s_text.Select(text => new string([.. text.Where(c => !char.IsSurrogate(c))]));

    private static readonly Gen<TimeSpan?> s_span = Gen.OneOf(Gen.Const((TimeSpan?)null),
        Gen.OneOf(Gen.Long[0, 100], Gen.Long[-1_000_000, long.MaxValue / 4]).Select(ticks => (TimeSpan?)new TimeSpan(ticks)));
    private static readonly Gen<Instant?> s_instant = Gen.OneOf(Gen.Const((Instant?)null),
        Gen.OneOf(Gen.Long[0, 100], Gen.Long[-1_000_000, long.MaxValue]).Select(ns => (Instant?)new Instant(ns)));
    private static readonly Gen<int?> s_int = Gen.OneOf(Gen.Const((int?)null), Gen.Int.Select(value => (int?)value));
    private static readonly Gen<long?> s_long = Gen.OneOf(Gen.Const((long?)null), Gen.Long.Select(value => (long?)value));
    private static readonly Gen<string?> s_textOrNone = Gen.OneOf(Gen.Const((string?)null), s_text.Select(text => (string?)text));

    private static readonly Gen<Outcome> s_outcome = Gen.OneOf(
        Gen.Const((Outcome)new Completed()),
        Gen.Const((Outcome)new Cancelled()),
        s_jsonText.Select(text => (Outcome)new OutOfMemory(text)),
        s_jsonText.Select(text => (Outcome)new Thrashing(text)),
        Gen.Select(Gen.Enum<Phase>(), Gen.Long[0, long.MaxValue / 4], (phase, ticks) => (Outcome)new TimedOut(phase, new TimeSpan(ticks))),
        Gen.Select(s_int, s_jsonText, (status, text) => (Outcome)new Refused(status, text)),
        Gen.Select(Gen.Int, Gen.Int, (sent, counted) => (Outcome)new Truncated(sent, counted)),
        Gen.Select(Gen.Int, Gen.Int, (sent, counted) => (Outcome)new Miscounted(sent, counted)),
        s_jsonText.Select(text => (Outcome)new ProtocolViolation(text)),
        s_jsonText.Select(text => (Outcome)new TargetDied(text)),
        Gen.Select(s_jsonText, s_jsonText, (name, text) => (Outcome)new UnknownOutcome(name, text)));

    private static readonly Gen<ClientTimings> s_client = Gen.Select(s_instant, s_instant, s_span.Array[6],
        (loaded, sent, spans) => new ClientTimings
        {
            LoadStarted = loaded,
            Load = spans[0],
            Sent = sent,
            TimeToHeaders = spans[1],
            TimeToFirstToken = spans[2],
            TimeToFirstReasoning = spans[3],
            TimeToLastToken = spans[4],
            TimeToEnd = spans[5],
        });

    private static readonly Gen<(ServerTimings, NativeTimings)> s_reported = s_span.Array[8].Select(spans => (
        new ServerTimings
        {
            Load = spans[0],
            Queue = spans[1],
            Prefill = spans[2],
            Generation = spans[3],
            Total = spans[4],
            SkippedPrefill = spans[7]
        },
        new NativeTimings { Prefill = spans[5], Generation = spans[6] }));

    public static Gen<string> AnyText => s_text;

    public static Gen<Trial> AnyTrial { get; } = Gen.Select(
        Gen.Select(Gen.Int[1, 1000], Gen.Int.Array[6], s_int.Array[5], s_long.Array[4]),
        Gen.Select(s_textOrNone, s_textOrNone, Gen.Enum<PromptKind>(), Gen.Enum<SweepMethod>()),
        s_client,
        s_reported,
        Gen.Select(s_outcome, Gen.Int[0, (1 << 5) - 1]),
        (numbers, texts, client, reported, end) => new Trial
        {
            Number = numbers.Item1,
            ContextTokens = numbers.Item2[0],
            Repetition = numbers.Item2[1],
            Concurrency = numbers.Item2[2],
            Stream = numbers.Item2[3],
            OutputTokensAsked = numbers.Item2[4],
            Chunks = numbers.Item2[5],
            PromptKind = texts.Item3,
            Method = texts.Item4,
            Nonce = texts.Item1,
            StopReason = texts.Item2,
            WindowTokens = numbers.Item3[0],
            GivenWindowTokens = numbers.Item3[1],
            HasDroppedTokens = numbers.Item3[2] is { } dropped ? dropped % 2 == 0 : null,
            Arrivals = numbers.Item3[3],
            CountedPromptTokens = numbers.Item3[1],
            CachedPromptTokens = numbers.Item3[2],
            OutputTokens = numbers.Item3[3],
            SkippedPromptTokens = numbers.Item3[4],
            FirstArrivalChunks = numbers.Item3[2],
            DraftTokens = numbers.Item3[0],
            AcceptedDraftTokens = numbers.Item3[1],
            Client = client,
            Server = reported.Item1,
            Native = reported.Item2,
            Outcome = end.Item1,
            Flags = (TrialFlags)end.Item2,
            KvBytes = numbers.Item4[0],
            ComputeBytes = numbers.Item4[1],
            ResidentBytes = numbers.Item4[2],
            AcceleratorBytes = numbers.Item4[3],
            ServerLoad = numbers.Item4.Take(2).All(value => value is null) ? null : new ServerLoad
            {
                RunningBefore = numbers.Item3[0],
                PromptTokens = numbers.Item4[0],
                GeneratedTokens = numbers.Item4[1],
                KvUsageAfter = numbers.Item4[0] is null ? null : Math.PI / 4,
            },
            Tier = numbers.Item2[0] % 2 == 0 ? null : new TierUse
            {
                IsEmulated = numbers.Item2[1] % 2 == 0,
                IsLocked = numbers.Item3[0] is { } some ? some % 2 == 0 : null,
                BudgetBytes = numbers.Item4[0],
                PinnedWeightBytes = numbers.Item4[1],
                StreamedKvBytes = numbers.Item4[2],
                DirectReadBytesPerSecond = numbers.Item4[3],
                GenerationWrittenBytes = numbers.Item4[0],
                RingSlots = numbers.Item3[1],
                ResumedTokens = numbers.Item3[2],
                Resume = client.Load,
                StateBytes = numbers.Item4[1],
                StateNote = numbers.Item3[1] is { } because ? $"because of {because}, \"so\"" : null,
            },
            Memory = numbers.Item4.All(value => value is null) ? null : new TrialMemory
            {
                CapBytes = numbers.Item4[0],
                AnonymousBytes = numbers.Item4[1],
                OomKills = numbers.Item4[2],
                SwapBytes = numbers.Item4[3],
                Prefill = numbers.Item4[1] is null
                    ? null
                    : new MemoryTraffic { ReadBytes = numbers.Item4[1], LimitHits = numbers.Item4[0] },
            },
        });

    public static Gen<StreamMark[]> AnyMarks { get; } = Gen.Select(Gen.Enum<MarkKind>(), s_int, Gen.Long, s_span,
        (kind, tokens, arrived, native) => new StreamMark(kind, tokens, new Instant(arrived), native)).Array[0, 20];
}
