using MemoryWall.Analysis.Reports;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Engine.Tests.Analysis;

/// <summary>Trials as targets report them, for the tests of derived values.</summary>
internal static class AnalysisSamples
{
    /// <summary>A completed trial of a server that reports its own timings.</summary>
    public static Trial Server(int number, int context, double prefill, double generation, int output = 64) => new()
    {
        Number = number,
        ContextTokens = context,
        Repetition = 1,
        OutputTokensAsked = output,
        CountedPromptTokens = context,
        OutputTokens = output,
        Chunks = output,
        Client = new ClientTimings
        {
            Sent = Instant.FromSeconds(1),
            TimeToFirstToken = TimeSpan.FromSeconds(prefill + 0.125),
            TimeToLastToken = TimeSpan.FromSeconds(prefill + generation + 0.125),
            TimeToEnd = TimeSpan.FromSeconds(prefill + generation + 0.3),
        },
        Server = new ServerTimings { Prefill = TimeSpan.FromSeconds(prefill), Generation = TimeSpan.FromSeconds(generation) },
        StopReason = "length",
        Outcome = new Completed(),
    };

    /// <summary>A completed trial that only the client timed: 4 s to the first token, 6.3 s from there to the last of 64.</summary>
    public static Trial Client() => Server(1, 2048, 3.875, 6.3) with { Server = new ServerTimings() };

    /// <summary>Trials numbered from 1 in the order given, each context's repetitions counted.</summary>
    public static IReadOnlyList<Trial> InOrder(params ReadOnlySpan<(int Context, double Prefill, double Generation)> trials)
    {
        var seen = new Dictionary<int, int>();
        var all = new List<Trial>();
        foreach (var (context, prefill, generation) in trials)
        {
            seen[context] = seen.GetValueOrDefault(context) + 1;
            all.Add(Server(all.Count + 1, context, prefill, generation) with { Repetition = seen[context] });
        }
        return all;
    }

    /// <summary>A run of trials.</summary>
    public static Run Run(IReadOnlyList<Trial> trials, string id = "run", DateTimeOffset started = default,
        IReadOnlyDictionary<int, IReadOnlyList<StreamMark>>? marks = null) => new()
        {
            Manifest = new RunManifest
            {
                RunId = id,
                StartedUtc = started,
                Plan = new SweepPlan { Target = "embedded", Contexts = [] },
                Machine = new MachineFacts { OperatingSystem = "Linux", Architecture = "X64" },
                Target = new TargetFacts { Kind = "embedded", Endpoint = "http://127.0.0.1:1", Model = "nano" },
                EngineVersion = "1",
            },
            Trials = trials,
            Marks = marks ?? new Dictionary<int, IReadOnlyList<StreamMark>>(),
        };

    /// <summary>The report of a run with these trials.</summary>
    public static RunReport Report(IReadOnlyList<Trial> trials) => RunReport.Create(Run(trials));

    public static Comparison Compare(Run first, Run second, double? margin = null) =>
        Comparison.Compare(RunReport.Create(first), RunReport.Create(second), margin);

    public static SystemsReport Systems(IReadOnlyList<Run> runs) => SystemsReport.Create([.. runs.Select(run => RunReport.Create(run))]);
}
