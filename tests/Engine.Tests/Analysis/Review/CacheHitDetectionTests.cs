using CsCheck;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Engine.Tests.Analysis.Review;

public sealed class CacheHitDetectionTests
{
    private static readonly int[] s_contexts = [512, 2048, 4096, 8192, 32768, 131072];

    private static readonly Gen<double> s_noise = Gen.Double[0.7, 1.3];

    /// <summary>Any machine without cache hits: from a constant prefill time to a quadratic one, with noise of 30% on both
    /// phases.</summary>
    private static readonly Gen<List<Trial>> s_honest = Gen.Select(
        Gen.Select(Gen.Double[0, 2], Gen.Double[0, 1], Gen.Double[0, 1]),
        Gen.Int[1, 3],
        Gen.Int[1, s_contexts.Length],
        s_noise.Array[36]).Select((cost, repetitions, contexts, noise) =>
        {
            var trials = new List<Trial>();
            foreach (var context in s_contexts.Take(contexts))
            {
                for (var repetition = 0; repetition < repetitions; repetition++)
                {
                    var prefill = 0.01 + cost.Item1 + cost.Item2 * context / 1000 + cost.Item3 * context * context / 1e8;
                    var number = trials.Count + 1;
                    trials.Add(
                        AnalysisSamples.Server(number, context, prefill * noise[number * 2 - 2],
                            (1 + context / 20_000.0) * noise[number * 2 - 1]));
                }
            }
            return trials;
        });

    [Fact]
    public void CacheHits_HonestCurvesWithNoise_FindsNoCacheHit() =>
        s_honest.Sample(trials => Assert.Empty(Suspects(trials)), iter: LongTests.Draws(5000));

    [Fact]
    public void CacheHits_OneRealHitAmongHonestTrials_SuspectsThatOneOnly() =>
        Gen.Select(s_honest.Where(trials => trials.Count > 1), Gen.Int[0, 1000]).Sample((trials, which) =>
    {
        // A server reported this: the full count in 2.9 ms, with normal generation.
        var hit = trials[which % trials.Count];
        var honest = hit.Server.Prefill!.Value;
        if (honest < TimeSpan.FromSeconds(0.5))
            return;
        trials[which % trials.Count] = hit with { Server = hit.Server with { Prefill = TimeSpan.FromMilliseconds(2.9) } };
        var others = trials.Where(trial => trial.Number != hit.Number).ToList();
        var expectable = others.Min(
            trial => trial.Server.Prefill!.Value.TotalSeconds * Math.Pow(Math.Min(1, (double)hit.ContextTokens / trial.ContextTokens), 2));
        var suspected = Suspects(trials).Select(found => found.Trial).ToList();
        if (expectable > 0.06)
            Assert.Equal([hit.Number], suspected);
        else
            Assert.True(suspected.All(number => number == hit.Number));
    }, iter: LongTests.Draws(5000));

    [Fact]
    public void CacheHits_RepeatedPromptOfAnOllamaServer_IsFound()
    {
        var first = AnalysisSamples.Server(1, 250, 0.31, 1);
        var hit = Assert.Single(Suspects([first, AnalysisSamples.Server(2, 250, 0.0029, 1)]));
        Assert.Equal(2, hit.Trial);
        Assert.Equal(0.0029, hit.Doubt.Seconds!.Value, 1e-6);
        Assert.False(hit.Doubt.ByProcessorBound);
        Assert.Equal([1], hit.Doubt.ComparedTrials);
        var sentence = DoubtPhrases.DescribeValues(hit.Doubt, 250);
        Assert.Contains("prefill of 250 tokens took 2.90 ms", sentence, StringComparison.Ordinal);
        Assert.Contains("trial 1 nearest", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void CacheHits_TwoOfThreeRepetitions_AreBothFound() =>
        Assert.Equal([2, 3],
            Suspects(
                [AnalysisSamples.Server(1, 2048, 0.5, 1), AnalysisSamples.Server(2, 2048, 0.003, 1),
                    AnalysisSamples.Server(3, 2048, 0.003, 1)]).Select(hit => hit.Trial));

    [Fact]
    public void CacheHits_AServerThatCachesEveryRepetition_IsFoundAtEveryContext()
    {
        Trial[] trials = [.. new[] { (2048, 0.5), (8192, 3.3), (32768, 68) }.SelectMany((context, place) =>
            Enumerable.Range(0, 3)
                .Select(repetition => AnalysisSamples.Server(place * 3 + repetition + 1, context.Item1,
                    repetition == 0 ? context.Item2 : 0.004, 1)))];
        Assert.Equal([2, 3, 5, 6, 8, 9], Suspects(trials).Select(hit => hit.Trial));
    }

    [Fact]
    public void CacheHits_OneRepetitionTwelveTimesSlower_MakesNoOtherSuspect() =>
        Assert.Empty(
            Suspects(
                [AnalysisSamples.Server(1, 2048, 6, 1), AnalysisSamples.Server(2, 2048, 0.5, 1), AnalysisSamples.Server(3, 2048, 0.5, 1)]));

    [Theory]
    [InlineData(20)]
    [InlineData(60)]
    public void CacheHits_EverythingButTheSmallestContextThrashesUnnoticed_FindsNoCacheHit(double slower) =>
        Assert.Empty(Suspects(
        [
            AnalysisSamples.Server(1, 2048, 0.5, 0.1),
            AnalysisSamples.Server(2, 8192, 3.3 * slower, 0.25 * slower),
            AnalysisSamples.Server(3, 32768, 68 * slower, 0.8 * slower),
        ]));

    [Fact]
    public void CacheHits_SlowFirstTrial_MakesNoOtherSuspect() =>
        Assert.Empty(
            Suspects(
                [AnalysisSamples.Server(1, 2048, 30, 1) with { Flags = TrialFlags.Warmup }, AnalysisSamples.Server(2, 2048, 0.5, 1),
                    AnalysisSamples.Server(3, 8192, 4, 1)]));

    [Fact]
    public void CacheHits_OneTrialOrDifferentStreams_HasNothingToCompareWith()
    {
        Assert.Empty(Suspects([]));
        Assert.Empty(Suspects([AnalysisSamples.Server(1, 32768, 0.003, 1)]));
        Assert.Empty(
            Suspects(
                [AnalysisSamples.Server(1, 2048, 9, 1) with { Concurrency = 8 }, AnalysisSamples.Server(2, 2048, 0.5, 1)]));
        Assert.Empty(
            Suspects(
                [AnalysisSamples.Server(1, 2048, 9, 1) with { Outcome = new TargetDied("") }, AnalysisSamples.Server(2, 2048, 0.5, 1)]));
    }

    [Theory]
    [InlineData(1.9, 0L, true)]
    [InlineData(2.2, 0L, false)]
    [InlineData(1.9, 1L, false)]
    [InlineData(1.9, null, false)]
    public void CacheHits_FasterThanTheProcessorsCanBe_IsSuspectedWithNothingToCompareWith(double seconds, long? accelerator,
        bool suspected)
    {
        // A model of a billion parameters on 100 GFLOP/s: 4,096 tokens need at least 8 TFLOP, 82 s. No processor is forty times faster than
        // that.
        var manifest = AnalysisSamples.Run([]).Manifest with
        {
            Ceilings = new MachineCeilings { F32FlopsPerSecond = 1e11 },
            Target = Target("http://127.0.0.1:11434/")
        };
        var trial = AnalysisSamples.Server(1, 4096, seconds, 1) with { AcceleratorBytes = accelerator };
        var hits = Suspects([trial, trial with { Number = 2 }], manifest);
        Assert.Equal(suspected ? [1, 2] : [], hits.Select(hit => hit.Trial));
        Assert.All(hits, hit => Assert.True(hit.Doubt.ByProcessorBound));
        Assert.All(hits,
            hit => Assert.Contains("the processors of this machine", DoubtPhrases.DescribeValues(hit.Doubt, 4096),
                StringComparison.Ordinal));
        Assert.Empty(Suspects([trial], manifest with { Target = Target("http://10.0.0.2:11434/") }));
        Assert.Empty(Suspects([trial], manifest with { Ceilings = null }));
        Assert.Empty(Suspects([trial]));
    }

    private static List<(int Trial, SuspectedCacheHit Doubt)> Suspects(IReadOnlyList<Trial> trials, RunManifest? manifest = null)
    {
        var run = AnalysisSamples.Run(trials);
        return [.. TrialReview.Review(run with { Manifest = manifest ?? run.Manifest })
            .SelectMany(view => view.Doubts.OfType<SuspectedCacheHit>().Select(doubt => (view.Trial.Number, doubt)))];
    }

    private static TargetFacts Target(string endpoint) => new()
    {
        Kind = "ollama",
        Endpoint = endpoint,
        Model = "m",
        Shape = new ModelShape
        {
            Architecture = "llama",
            EmbeddingLength = 2048,
            VocabularySize = 0,
            ParameterCount = 1_000_000_000,
            Layers = []
        },
    };

    [Theory]
    [InlineData(0.084, false)]
    [InlineData(0.003, true)]
    public void CacheHits_OneOfFourStreamsServedFirst_IsSuspectedOnlyBeyondThat(double seconds, bool suspected)
    {
        // Recorded from a llama-server with four slots: one stream used the machine alone while three shared it, and it then generated
        // during their prefill.
        var streams = new[] { (0.420, 0.165), (0.420, 0.165), (0.420, 0.165), (seconds, 0.58) }
            .Select((times, i) => AnalysisSamples.Server(i + 1, 512, times.Item1, times.Item2) with { Concurrency = 4, Stream = i + 1 });

        Assert.Equal(suspected ? [4] : [], Suspects([.. streams]).Select(hit => hit.Trial));
    }

    [Fact]
    public void Flag_Suspected_LosesItsPrefillRateInTheAnalysis()
    {
        var analysis = AnalysisSamples.Report(
            [AnalysisSamples.Server(1, 2048, 0.5, 1), AnalysisSamples.Server(2, 8192, 0.003, 1), AnalysisSamples.Server(3, 32768, 60, 1)]);
        Assert.Equal(2, Assert.Single(analysis.Trials, view => view.Has<SuspectedCacheHit>()).Trial.Number);
        Assert.Equal([true, false, true], analysis.Trials.Select(view => view.PrefillRate is not null));
        Assert.Contains(analysis.Verdicts,
            verdict => verdict.Trials is [2]
                && VerdictPhrases.Format(verdict).StartsWith("Suspected cache hit: prefill was implausibly fast",
                    StringComparison.Ordinal));
    }

    // Recorded from a server that answered every prompt from its cache: 128,000 to 512,000 tokens per second from two cores.
    [Theory]
    [InlineData(0L)]
    [InlineData(null)]
    public void CacheHits_PrefillThatDoesNotGrowOnProcessors_IsSuspectedInAllTrials(long? accelerator)
    {
        Trial[] trials = [.. new[] { 256, 512, 1024 }.SelectMany((context, place) => Enumerable.Range(0, 2)
            .Select(repetition => AnalysisSamples.Server(2 * place + repetition + 1, context, 0.002 + 0.0001 * repetition, 1)
                with { AcceleratorBytes = accelerator }))];
        var warmup = AnalysisSamples.Server(7, 256, 0.002, 1) with { Flags = TrialFlags.Warmup, AcceleratorBytes = accelerator };
        var computed = AnalysisSamples.Server(8, 256, 0.02, 1) with { Flags = TrialFlags.Warmup, AcceleratorBytes = accelerator };
        var hits = Suspects([.. trials, warmup, computed], KnownMachine());
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], hits.Select(hit => hit.Trial).Order());
        Assert.All(hits, hit => Assert.Equal([256, 512, 1024], hit.Doubt.FlatContexts));
        Assert.Contains("about the same for every prompt from 256 to 1,024 tokens",
            DoubtPhrases.DescribeValues(hits[0].Doubt, 256), StringComparison.Ordinal);
    }

    // Recorded from a server that answered from its cache: a few milliseconds in no order, 249,000 to 602,000 tokens per second.
    [Theory]
    [InlineData(0.00103, 0.00085, 0.0025)]
    [InlineData(0.0025, 0.00085, 0.001)]
    public void CacheHits_PrefillOfAFewMillisecondsThatHardlyGrows_IsSuspected(double small, double middle, double large)
    {
        var times = new[] { small, middle, large };
        Trial[] trials = [.. new[] { 256, 512, 1024 }.SelectMany((context, place) => Enumerable.Range(0, 3)
            .Select(repetition => AnalysisSamples.Server(3 * place + repetition + 1, context,
                // One disturbed repetition is not the median.
                times[place] * (repetition == 2 ? 3 : 1), 1) with { AcceleratorBytes = 0 }))];
        Assert.Superset(new HashSet<int> { 1, 2, 4, 5, 7, 8 }, Suspects(trials, KnownMachine()).Select(hit => hit.Trial).ToHashSet());
    }

    [Fact]
    public void CacheHits_PrefillThatDoesNotGrow_IsNoDoubtWhereItCanBeTrue()
    {
        Trial[] flat = [.. new[] { 256, 512, 1024 }.Select((context, place) => AnalysisSamples.Server(place + 1, context, 0.002, 1))];
        var gpu = KnownMachine();
        gpu = gpu with { Machine = gpu.Machine with { Gpus = [new GpuFacts("NVIDIA H200", null, null)] } };
        Assert.Empty(Suspects(flat, gpu));
        // A GPU that is in no list: Metal, or a maker whose driver is not read on Windows.
        foreach (var system in new[] { "Darwin 25.1.0", "Microsoft Windows 10.0.26100" })
        {
            var other = KnownMachine();
            Assert.Empty(Suspects(flat, other with { Machine = other.Machine with { OperatingSystem = system } }));
        }
        Assert.Empty(Suspects([.. flat.Select(trial => trial with { AcceleratorBytes = 1 << 20 })], KnownMachine()));
        // Facts of an old run, too small a range, prompts of a few tokens, and honest growth.
        Assert.Empty(Suspects(flat));
        Assert.Empty(Suspects(flat[..2], KnownMachine()));
        Assert.Empty(Suspects([.. flat.Select(trial => trial with { ContextTokens = trial.ContextTokens / 16 })], KnownMachine()));
        Assert.Empty(Suspects([.. flat.Select((trial, place) => AnalysisSamples.Server(place + 1, trial.ContextTokens, 0.002 * (place + 1),
            1))], KnownMachine()));
    }

    [Fact]
    public void CacheHits_HonestGrowthOnProcessorsWithNoise_IsNeverFlat() =>
        Gen.Select(Gen.Double[0, 0.5], Gen.Double[0.02, 1], s_noise.Array[24]).Sample((constant, linear, noise) =>
        {
            // A fixed cost of up to that of a thousand tokens.
            Trial[] trials = [.. s_contexts.SelectMany((context, place) => Enumerable.Range(0, 2).Select(repetition =>
                AnalysisSamples.Server(2 * place + repetition + 1, context, (constant * linear + linear * context / 1000)
                    * noise[2 * place + repetition], 1 + context / 20_000.0) with { AcceleratorBytes = 0 }))];
            Assert.Empty(Suspects(trials, KnownMachine()));
        }, iter: LongTests.Draws(3000));

    [Theory]
    [InlineData("", 2)]
    [InlineData("avx avx2 fma", 4)]
    [InlineData("avx2 avx_vnni", 8)]
    [InlineData("avx2 avx512f avx512_vnni", 16)]
    [InlineData("asimd", 4)]
    [InlineData("asimd asimddp", 8)]
    [InlineData("asimd asimddp i8mm", 16)]
    [InlineData("avx2 avx512f avx512_vnni amx_tile amx_int8", 40)]
    [InlineData("asimd sve", 40)]
    [InlineData("asimd sme", 40)]
    [InlineData(null, 40)]
    public void MaxMultiple_InstructionSets_BoundWhatProcessorsCanCompute(string? sets, double expected)
    {
        var machine = KnownMachine().Machine with
        {
            InstructionSets = sets?.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            PhysicalCores = 2,
        };
        var rules = new TrialRules();
        Assert.Equal(expected, PrefillTimeBound.MaxMultiple(machine, new MachineCeilings { Threads = 2 }, rules));
        // The test had one of the two cores, and the server may have had both.
        Assert.Equal(sets is null ? expected : 2 * expected,
            PrefillTimeBound.MaxMultiple(machine, new MachineCeilings { Threads = 1 }, rules));
    }

    [Theory]
    [InlineData(19, true)]
    [InlineData(22, false)]
    public void CacheHits_ProcessorWithoutMatrixUnit_HasATighterBound(double seconds, bool suspected)
    {
        // 4,096 tokens of a billion parameters are 8.2 TFLOP: 82 s at 100 GFLOP/s, and a quarter of that with AVX2.
        var manifest = KnownMachine();
        manifest = manifest with
        {
            Machine = manifest.Machine with { InstructionSets = ["avx2"] },
            Ceilings = new MachineCeilings { F32FlopsPerSecond = 1e11, Threads = 2 },
            Target = Target("http://127.0.0.1:11434/"),
        };
        var trial = AnalysisSamples.Server(1, 4096, seconds, 1) with { AcceleratorBytes = 0 };
        Assert.Equal(suspected ? [1] : [], Suspects([trial], manifest).Select(hit => hit.Trial));
        Assert.Empty(Suspects([trial], manifest with { Machine = manifest.Machine with { InstructionSets = null } }));
    }

    private static RunManifest KnownMachine()
    {
        var manifest = AnalysisSamples.Run([]).Manifest;
        return manifest with { Machine = manifest.Machine with { CpuModel = "a processor" } };
    }
}
