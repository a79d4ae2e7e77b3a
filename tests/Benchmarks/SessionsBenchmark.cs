using System.Globalization;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Engine.Tests.Sweeps;
using MemoryWall.Models.Forecast;
using MemoryWall.Prompts;
using MemoryWall.Runs;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Plans;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Benchmarks;

/// <summary>
/// Replays the start of a trace on the embedded server with each policy, and compares what was measured with the forecast for a cache of
/// the same size. Targets: the share of reused tokens within 2 points, the median TTFT within 15%. A machine that has become faster or
/// slower meanwhile is no fault of the forecast: a context sweep is measured before and after each policy, and the forecast is the mean of
/// those from the times of both. Options: preset or target (default small), scale of contexts (default 1/6), requests (default 40), speed
/// (default 3x), batch (default 128), share of the different blocks that fit into RAM (default 0.25), trace (default the example of the
/// project). The default takes 9 minutes on two quiet cores: 40 requests arrive in 131 s, of which recompute works 44. At a higher speed
/// the queue, which magnifies each difference, becomes most of the TTFT.
/// </summary>
internal static class SessionsBenchmark
{
    private const string Example = "data/traces/example-conversation.jsonl";
    private const long StorageBytes = 4 * ByteSize.GiB;

    // The model and its context stay in memory: only conversations are moved.
    private const long MemoryBytes = 2 * ByteSize.GiB;

    public static async Task RunAsync(string[] args)
    {
        string Argument(int place, string usual) => args.Length > place ? args[place] : usual;
        var path = Path.GetFullPath(Argument(6, Example));
        var trace = new TracePlan
        {
            Path = path,
            Sha256 = DocumentFile.ComputeSha256(path)!,
            ContextScale = TraceText.ParseScale(Argument(1, "1/6")),
            Requests = int.Parse(Argument(2, "40"), CultureInfo.InvariantCulture),
            Speed = TraceText.ParseSpeed(Argument(3, "3x")),
        };
        var batch = int.Parse(Argument(4, "128"), CultureInfo.InvariantCulture);
        var share = double.Parse(Argument(5, "0.25"), CultureInfo.InvariantCulture);
        var target = Argument(0, "small") is var name && name.Contains(':', StringComparison.Ordinal) ? name : $"embedded:{name}";
        var folder = Directory.CreateTempSubdirectory("memwall-sessions-").FullName;
        try
        {
            await CompareAsync(trace, target, batch, share, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CompareAsync(TracePlan trace, string target, int batch, double share, string folder)
    {
        var scaled = ScaledTrace.Read(trace);
        var options = new TargetOptions { BatchTokens = batch };
        var before = await MeasureTimesAsync(scaled, target, options, folder);
        var bytes = KvTokenBytes.Find(before.Manifest.Target.Shape, ForecastSettings.FromOptions(options))!.Value;
        var blocks = scaled.Requests.SelectMany(request => request.Blocks).Distinct().Count();
        var ram = (long)(share * blocks * scaled.BlockTokens * bytes);
        SessionsComparison.PrintTrace(scaled, bytes, ram, batch);
        foreach (var policy in Enum.GetValues<CachePolicy>())
        {
            var system = await ReplayAsync(trace, target, options with
            {
                ConversationCache = policy,
                CacheRamBytes = ram,
                Tier = policy == CachePolicy.Tier ? new TierPlan
                {
                    Folder = folder,
                    MemoryBytes = MemoryBytes,
                    StorageBytes = StorageBytes,
                } : null,
            }, folder);
            var after = await MeasureTimesAsync(scaled, target, options, folder);
            var rate = system.LoadBytesPerSecond ?? system.DirectReadBytesPerSecond;
            CacheForecast Forecast(RunReport times) => new CacheSimulation(
                new SessionForecastInput(scaled, MeasuredTimes.Find(times)!, bytes) { Rules = CacheRules.Of(times.Manifest) }).Run(
                    policy == CachePolicy.Recompute ? new RamSize(0) : new RamSize(ram, (long?)system.RamBytesPerSecond),
                    policy == CachePolicy.Tier && rate is { } known ? new StorageSize(StorageBytes, (long)known) : null);
            SessionsComparison.Print(policy, scaled, system, [Forecast(before), Forecast(after)]);
            before = after;
        }
    }

    // Single trials scatter by a quarter on a shared machine, so that the median of three is used. The short prompts are those that a
    // returning turn adds; as in the replay, ids are sent.
    private static async Task<RunReport> MeasureTimesAsync(ScaledTrace trace, string target, TargetOptions options, string folder)
    {
        var longest = trace.Requests.Max(request => request.InputTokens);
        var contexts = new List<TokenCount>();
        for (var tokens = Math.Max(16, options.BatchTokens!.Value / 4); tokens < longest; tokens *= 2)
            contexts.Add(new TokenCount(tokens));
        return RunReport.Create(await MeasureAsync(new SweepPlan
        {
            Target = target,
            Contexts = [.. contexts, new TokenCount(longest)],
            OutputTokens = 32,
            Repetitions = 3,
            PromptAs = PromptForm.Ids,
            Options = options,
        }, folder));
    }

    private static async Task<SessionSystem> ReplayAsync(TracePlan trace, string target, TargetOptions options, string folder)
    {
        var turns = new SessionPlan { Users = [1], Turns = 1, FirstTokens = 1, GrowTokens = 1, Policy = options.ConversationCache };
        var run = await MeasureAsync(SessionPlans.ForTrace(new SweepPlan
        {
            Target = target,
            Contexts = [],
            Order = TrialOrder.AsGiven,
            Method = SweepMethod.Session,
            Options = options,
        }, turns, trace), folder);
        return SessionReport.Create([RunReport.Create(run)]).Systems[0];
    }

    private static async Task<Run> MeasureAsync(SweepPlan plan, string folder)
    {
        var result = await Sweeper.RunAsync(plan, new SweepSettings { RunsDirectory = Path.Combine(folder, "runs") }, new SilentObserver(),
            CancellationToken.None);
        return result.RunId is { } id
            ? new RunStore(Path.Combine(folder, "runs")).Read(id)
            : throw new InvalidOperationException(string.Join("; ", result.Findings));
    }
}
