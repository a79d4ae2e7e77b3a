using System.Globalization;
using MemoryWall.Models.Forecast;
using MemoryWall.Models.Shapes;

namespace MemoryWall.Benchmarks.ServerMemory;

/// <summary>
/// Lays the forecast beside the log of a real llama-server, for a small complete model of every architecture that it takes and for the
/// flags that users set; of models with layers that draft, also a server that drafts with them, and of some a server with a draft model.
/// Bounds: KV cache and states to the printed digit, compute within 5%. Options: the server's path (default: llama-server on the path),
/// then <c>--keep FOLDER</c>, which keeps models and logs there and takes those that are there, and names of models (default: all). With
/// a folder, a run that was stopped goes on where it was, and several runs with other names share the work; one run over all of them
/// then prints the table.
/// </summary>
internal static class ServerMemoryBenchmark
{
    private const int ContextTokens = 32_768;
    private const double MiB = 1 << 20;

    // Each of up to three caches is printed with two decimals.
    private const double PrintedBound = 0.016;
    private const double ComputeBound = 0.05;
    private const double ExactBound = 0.001;

    // The draft model of all: six small layers.
    private const string DraftName = "llama";
    private const int DraftTokens = 3;

    private static readonly HashSet<string> s_withDraftModel = [.. "gemma3 lfm2 llama qwen35 qwen3moe qwen3next".Split(' ')];

    private sealed record Flags(string Name, string[] Arguments, ServerOptions Server, ForecastSettings Settings);

    private static readonly ServerOptions s_oneSlot = new() { Slots = 1 };

    private static readonly Flags[] s_flags =
    [
        new("default", [], new(), new()),
        new("4 slots unified", ["-np", "4", "-kvu"], new() { Slots = 4, Unified = true }, new()),
        new("3 slots", ["-np", "3"], new() { Slots = 3 }, new()),
        new("no FA", ["-np", "1", "-fa", "off"], s_oneSlot, new() { FlashAttention = false }),
        new("q8_0", ["-np", "1", "-ctk", "q8_0", "-ctv", "q8_0"], s_oneSlot,
            new() { KeyType = KvCacheType.Q8_0, ValueType = KvCacheType.Q8_0 }),
        new("K q8_0, V f16", ["-np", "1", "-ctk", "q8_0"], s_oneSlot, new() { KeyType = KvCacheType.Q8_0 }),
        new("swa-full", ["-np", "1", "--swa-full"], s_oneSlot, new() { FullSlidingWindow = true }),
    ];

    private static readonly string[] s_drafting = ["--spec-type", "draft-mtp"];

    private static readonly Flags s_ownDrafts = new("MTP", ["-np", "1", .. s_drafting],
        s_oneSlot with { DraftTokens = DraftTokens }, new());

    /// <summary>Differences in MiB, and of compute buffers and of what drafts in shares of what the server has.</summary>
    private sealed record Seen(string Flag, string Model, double? Kv, double? Recurrent, double? Compute, double? Drafts);

    public static Task RunAsync(string[] args)
    {
        var server = args.Length > 0 ? args[0] : FindOnPath("llama-server");
        if (server is null || !File.Exists(server))
        {
            Console.WriteLine("skipped: there is no llama-server on the path, and none was named");
            return Task.CompletedTask;
        }
        var kept = args.Length > 2 && args[1] == "--keep" ? Directory.CreateDirectory(args[2]).FullName : null;
        var names = args.Skip(kept is null ? 1 : 3).ToList();
        var folder = kept ?? Directory.CreateTempSubdirectory("memwall-server-memory-").FullName;
        var all = new List<Seen>();
        var draft = FindDraftModel(server, folder);
        try
        {
            foreach (var model in ServerModels.All().Where(model => names.Count == 0 || names.Contains(model.Name)))
            {
                var path = Path.Combine(folder, $"{model.Name}.gguf");
                if (!File.Exists(path) && Ask(server, path, model) is { } refused)
                {
                    Console.WriteLine($"{model.Name,-24} not taken: {refused.Trim()}");
                    continue;
                }

                all.AddRange(ListFlags(model, draft).Select(flag => Measure(server, path, model.Name, flag)).OfType<Seen>());
                if (kept is null)
                {
                    foreach (var file in Directory.EnumerateFiles(folder).Where(file => file != draft))
                        File.Delete(file);
                }
            }
        }
        finally
        {
            if (kept is null)
                Directory.Delete(folder, recursive: true);
            else if (draft is not null)
                File.Delete(draft);
        }

        Summarise(all);
        return Task.CompletedTask;
    }

    // A file that is there is complete, also after a stop.
    private static string? Ask(string server, string path, ServerModel model)
    {
        var asked = Path.ChangeExtension(path, $"{Environment.ProcessId}.gguf");
        string? Complete(string[] arguments) =>
            new AskedModel(asked, file => AskedModel.TryLoad(server, file, arguments)).Complete(model);
        try
        {
            // A server loads what drafts only where it drafts with it, and not every architecture can.
            var refused = model.HasDraftLayer ? Complete(s_drafting) : null;
            if (refused is not null || !model.HasDraftLayer)
                refused = Complete([]);
            if (refused is null)
                File.Move(asked, path, overwrite: true);
            return refused;
        }
        finally
        {
            File.Delete(asked);
        }
    }

    // It has its own name, so that runs that share a folder do not write one file at once.
    private static string? FindDraftModel(string server, string folder)
    {
        var path = Path.Combine(folder, $"draft-{Environment.ProcessId}.gguf");
        var model = ServerModels.All().First(model => model.Name == DraftName);
        return new AskedModel(path, file => AskedModel.TryLoad(server, file)).Complete(model) is null ? path : null;
    }

    private static IEnumerable<Flags> ListFlags(ServerModel model, string? draft)
    {
        IEnumerable<Flags> flags = s_flags;
        if (model.HasDraftLayer)
            flags = flags.Append(s_ownDrafts);
        return draft is null || !s_withDraftModel.Contains(model.Name) ? flags
            : flags.Append(new("draft model", ["-np", "1", "-md", draft], s_oneSlot with { DraftTokens = DraftTokens },
                new() { DraftModel = ModelShapeReader.Read(ModelMetadata.FromFile(draft)) }));
    }

    private static Seen? Measure(string server, string path, string model, Flags flag)
    {
        string[] arguments = ["-c", ContextTokens.ToString(CultureInfo.InvariantCulture), .. flag.Arguments];
        var file = Path.ChangeExtension(path, $"{flag.Name}.log");
        if (!File.Exists(file))
        {
            var written = Path.ChangeExtension(file, $"{Environment.ProcessId}.new");
            File.WriteAllLines(written, AskedModel.RunServer(server, path, arguments));
            File.Move(written, file, overwrite: true);
        }
        var lines = File.ReadAllLines(file);
        var log = ServerLog.Read(lines);
        // A graph that misses an optional tensor ends the server after the caches, but only then all of them are logged.
        if (!lines.Any(line => line.Contains("sched_reserve", StringComparison.Ordinal)))
        {
            Console.WriteLine($"{model,-24} {flag.Name,-16} no answer");
            return null;
        }
        var shape = ModelShapeReader.Read(ModelMetadata.FromFile(path));
        var row = MemoryForecast.Compute(shape, flag.Server.Apply(flag.Settings), ContextTokens);
        var seen = new Seen(flag.Name, model, (row.KvBytes - (log.KvBytes ?? 0)) / MiB,
            (row.RecurrentBytes - (log.RecurrentBytes ?? 0)) / MiB,
            log.ComputeBytes is > 0 and { } compute ? (double)row.ComputeBytes!.Value / compute - 1 : null,
            flag.Server.DraftTokens > 0 && lines.Any(IsReady) && log.DraftBytes is > 0 and { } drafts
                ? (double)row.DraftBytes!.Value / drafts - 1 : null);
        var drafted = seen.Drafts is null ? ""
            : string.Create(CultureInfo.InvariantCulture, $", drafts {log.DraftBytes / MiB:0.00} {seen.Drafts:+0.0%;-0.0%}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{model,-24} {flag.Name,-16} KV {log.KvBytes / MiB:0.00} {Difference(seen.Kv)}, states {log.RecurrentBytes / MiB:0.00} "
            + $"{Difference(seen.Recurrent)}, compute {log.ComputeBytes / MiB:0.00} {seen.Compute:+0.0%;-0.0%}{drafted}"));
        return seen;
    }

    // What drafts is complete with the context of the drafts, after which a server has its slots.
    private static bool IsReady(string line) => line.Contains("initializing, n_slots", StringComparison.Ordinal);

    private static void Summarise(List<Seen> all)
    {
        Console.WriteLine("\n| flags | models | KV and states exact | compute logged | exact | within 5% | largest error |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var flag in all.GroupBy(seen => seen.Flag))
        {
            var computes = flag.Select(seen => seen.Compute).OfType<double>().ToList();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {flag.Key} | {flag.Count()} | {flag.Count(IsExact)} | {computes.Count} | "
                + $"{computes.Count(error => Math.Abs(error) <= ExactBound)} | "
                + $"{computes.Count(error => Math.Abs(error) <= ComputeBound)} | "
                + $"{computes.OrderByDescending(Math.Abs).FirstOrDefault():+0.0%;-0.0%} |"));
        }
        foreach (var flag in all.Where(seen => seen.Drafts is not null).GroupBy(seen => seen.Flag))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"drafts, {flag.Key}: {flag.Count(seen => Math.Abs(seen.Drafts!.Value) <= ComputeBound)} of {flag.Count()} within 5%"));
        }
        foreach (var seen in all.Where(seen => Math.Abs(seen.Compute ?? 0) > ComputeBound))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"compute beyond 5%: {seen.Model}, {seen.Flag}: {seen.Compute:+0.0%;-0.0%}"));
        }
        foreach (var model in all.Where(seen => !IsExact(seen)).Select(seen => seen.Model).Distinct())
            Console.WriteLine($"not exact: {model}");
    }

    private static bool IsExact(Seen seen) => Math.Abs(seen.Kv!.Value) <= PrintedBound && Math.Abs(seen.Recurrent!.Value) <= PrintedBound;

    private static string Difference(double? mebibytes) => Math.Abs(mebibytes ?? 0) <= PrintedBound ? "="
        : mebibytes!.Value.ToString("+0.00;-0.00", CultureInfo.InvariantCulture);

    private static string? FindOnPath(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
