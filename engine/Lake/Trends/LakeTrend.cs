using System.Globalization;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Trends;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Primitives;
using MemoryWall.Lake.Files;
using MemoryWall.Lake.Queries;
using MemoryWall.Lake.Tables;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Lake.Trends;

/// <summary>What a user asks for.</summary>
/// <param name="Model">A part of the model's name; null for any.</param>
/// <param name="Machine">A part of the machine's description; null for any.</param>
/// <param name="Quantity">The quantity.</param>
/// <param name="Method">How the context is reached.</param>
/// <param name="ContextTokens">The context; null for the one that most runs have.</param>
internal sealed record TrendQuestion(string? Model, string? Machine, ComparedQuantity Quantity, SweepMethod Method, int? ContextTokens);

/// <summary>The answer.</summary>
/// <param name="Trend">The trend of the setup with most runs; null where no run fits.</param>
/// <param name="OtherSetups">Runs of the same model and machine with other settings.</param>
/// <param name="Without">Runs of the setup that have no value of the figure.</param>
/// <param name="Problems">What is in the lake and was not read.</param>
internal sealed record TrendAnswer(RunTrend? Trend, int OtherSetups, int Without, IReadOnlyList<LakeProblem> Problems);

/// <summary>Follows a figure over the runs of a lake.</summary>
internal static class LakeTrend
{
    // Of one model: some days of runs in a laboratory of a hundred machines.
    private const long MaxRuns = 100_000;
    private const long MaxTrials = 10_000_000;

    /// <summary>Answers a question.</summary>
    /// <exception cref="Runs.Files.StoreException">The lake cannot be read.</exception>
    public static async Task<TrendAnswer> ComputeAsync(LakeFolder lake, TrendQuestion question, CancellationToken cancellation)
    {
        var manifests = new List<RunManifest>();
        var problems = await LakeQuery.RunAsync(lake, "SELECT manifest_json FROM runs ORDER BY started_utc, run_id", MaxRuns,
            rows => manifests = [.. rows.Read().Select(row => RunRow.ParseManifest((string?)row[0])).OfType<RunManifest>()
                .Where(run => Fits(run, question))], cancellation).ConfigureAwait(false);
        var setups = RunTrend.GroupBySetup(manifests, run => run);
        if (setups.Count == 0)
            return new TrendAnswer(null, 0, 0, problems);
        var ids = setups[0].Select(run => run.RunId).ToHashSet();
        var trials = new List<Row>();
        await LakeQuery.RunAsync(lake, SelectTrials(question, ids), MaxTrials, rows => trials = [.. rows.Read().Select(Row.From)],
            cancellation).ConfigureAwait(false);
        var groups = trials.GroupBy(trial => (trial.ContextTokens, trial.OutputTokens, trial.Flags))
            .OrderByDescending(group => group.Select(trial => trial.RunId).Distinct().Count())
            .ThenByDescending(group => group.Key.ContextTokens).ThenBy(group => group.Key.Flags, StringComparer.Ordinal).ToList();
        if (groups.Count == 0)
            return new TrendAnswer(null, manifests.Count - ids.Count, ids.Count, problems);
        var byRun = groups[0].ToLookup(trial => trial.RunId);
        var runs = setups[0]
            .Select(run => TrendRun.FromTrials(run, [.. byRun[run.RunId].Select(trial => (trial.Value, trial.IsDisturbed))]))
            .OfType<TrendRun>().ToList();
        return runs.Count == 0
            ? new TrendAnswer(null, manifests.Count - ids.Count, ids.Count, problems)
            : new TrendAnswer(RunTrend.Compute(new TrendFigure(question.Quantity, question.Method, groups[0].Key.ContextTokens), runs),
                manifests.Count - ids.Count, ids.Count - runs.Count, problems);
    }

    // Trials of one stream; of those that the report of their run leaves out, none.
    private static string SelectTrials(TrendQuestion question, IEnumerable<string> ids)
    {
        var column = question.Quantity switch
        {
            ComparedQuantity.PrefillTps => "prefill_tps",
            ComparedQuantity.GenerationTps => "generation_tps",
            _ => "ttft_seconds",
        };
        // A buffered answer has no time to its first token, and a depth that was not computed has none of the whole prompt.
        var condition = question.Quantity != ComparedQuantity.TtftSeconds ? ""
            : TrialView.HasTtft(question.Method)
                ? $" AND NOT list_contains(string_split(doubts, '|'), {SqlText.Quote(Doubt.KindOf<Buffered>())})"
                : " AND false";
        var context = question.ContextTokens is { } tokens
            ? string.Create(CultureInfo.InvariantCulture, $" AND context_tokens = {tokens}")
            : "";
        return $"SELECT run_id, context_tokens, output_tokens_asked, flags, {column}, is_disturbed FROM trials WHERE {column} > 0 "
            + $"AND NOT is_warmup AND NOT is_left_out AND concurrency = 1 AND method = {SqlText.Quote(EnumNames.Name(question.Method))} "
            + $"AND run_id IN ({SqlText.QuoteAll(ids)}){context}{condition}";
    }

    private static bool Fits(RunManifest run, TrendQuestion question) =>
        (question.Model is null || Contains(run.Target.Model, question.Model) || Contains(run.Target.Shape?.Name, question.Model))
        && (question.Machine is null || Contains(MachineLabel.Create(run.Machine), question.Machine));

    private static bool Contains(string? text, string part) => text?.Contains(part, StringComparison.OrdinalIgnoreCase) == true;

    private sealed record Row(string RunId, int ContextTokens, int OutputTokens, string Flags, double Value, bool IsDisturbed)
    {
        public static Row From(IReadOnlyList<object?> row) => new((string?)row[0] ?? "", (int)((long?)row[1] ?? 0),
            (int)((long?)row[2] ?? 0), (string?)row[3] ?? "", (double?)row[4] ?? 0, (bool?)row[5] == true);
    }
}
