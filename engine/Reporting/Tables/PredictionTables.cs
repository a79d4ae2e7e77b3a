using MemoryWall.Analysis.Predictions;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Analysis.Walls;
using MemoryWall.Charts;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Tables;

/// <summary>Predictions beside measurements, context by context.</summary>
internal static class PredictionTables
{
    private static readonly TableColumn<KvAllocation>[] s_kv =
    [
        new("window", row => NumberFormat.Tokens(row.WindowTokens)),
        new("predicted", row => NumberFormat.Bytes(row.Predicted)),
        new("allocated", row => NumberFormat.Bytes(row.Allocated)),
        new("difference", row => row.Allocated == row.Predicted
            ? "none"
            : NumberFormat.Deviation((double)row.Allocated / row.Predicted - 1)),
    ];

    private static readonly TableColumn<RunReport>[] s_walls =
    [
        new("system", run => PredictionPhrases.NameSystem(run), IsNumber: false),
        new("limit", run => NumberFormat.Bytes(run.WallVerdict.BudgetBytes)),
        new("weights", run => NumberFormat.Bytes(run.WallVerdict.WeightBytes)),
        new("KV per token", run => NumberFormat.Bytes(KvPrediction.Create(run).Formula?.BytesPerToken)),
        new("predicted wall", run => run.WallVerdict.Forecast is { } forecast ? NumberFormat.Tokens(forecast.Tokens) : NumberFormat.Absent),
        new("fits up to", run => NumberFormat.Tokens(run.WallVerdict.InsideTokens)),
        new("exceeds from", run => NumberFormat.Tokens(run.WallVerdict.BeyondTokens)),
        new("prediction", run => PredictionPhrases.JudgeWall(run.WallVerdict), IsNumber: false),
    ];

    private static readonly TableColumn<LimitPrediction>[] s_limits =
    [
        new("phase", row => row.Phase.ToString().ToLowerInvariant(), IsNumber: false),
        new("context", row => NumberFormat.Tokens(row.ContextTokens)),
        new("operations per byte", row => NumberFormat.Number(Round(row.OperationsPerByte))),
        new("balance of the machine", row => NumberFormat.Number(Round(row.Balance))),
        new("predicted limit", row => row.Predicted switch
        {
            PhaseLimit.Compute => "arithmetic",
            PhaseLimit.MemoryBandwidth => "memory bandwidth",
            _ => NumberFormat.Absent,
        }, IsNumber: false),
        new("found", row => row.Found.Count == 0
            ? NumberFormat.Absent
            : string.Join("; ", row.Found.Select(verdict => PhasePhrases.FormatClause(verdict))), IsNumber: false),
    ];

    private static readonly TableColumn<ChangePrediction>[] s_changes =
    [
        new("context", row => NumberFormat.Tokens(row.ContextTokens)),
        new("bytes per token, first", row => NumberFormat.Bytes(row.FirstBytes)),
        new("bytes per token, second", row => NumberFormat.Bytes(row.SecondBytes)),
        new("predicted ratio", row => row.Predicted is { } ratio ? NumberFormat.Ratio(ratio) : NumberFormat.Absent),
        new("measured ratio", row => NumberFormat.Ratio(row.Measured.Ratio.Value)),
    ];

    private static readonly TableColumn<ScaledContext>[] s_scaled =
    [
        new("context", row => NumberFormat.Tokens(row.ContextTokens)),
        new("memory", row => NumberFormat.Bytes(row.TotalBytes)),
        new("prefill, at least", row => NumberFormat.Duration(row.MinPrefillSeconds)),
        new("at this run's MFU", row => NumberFormat.Duration(row.PrefillSeconds)),
        new("generation t/s, at most", row => NumberFormat.RateNumber(row.MaxTps)),
        new("at this run's MBU", row => NumberFormat.RateNumber(row.Tps)),
    ];

    /// <summary>Prefill or generation by its work.</summary>
    public static TextTable Create(WorkPrediction prediction)
    {
        var isPrefill = prediction.Phase == Phase.Prefill;
        string Format(double? value) => isPrefill ? NumberFormat.Duration(value) : NumberFormat.Rate(value);
        List<TableColumn<ContextPrediction>> columns =
        [
            new("context", row => NumberFormat.Tokens(row.ContextTokens)),
            isPrefill
                ? new("operations", row => NumberFormat.Operations(row.Work))
                : new("bytes per token", row => NumberFormat.Bytes(row.Work)),
            new(isPrefill ? "at the peak, at least" : "at the peak, at most", row => Format(row.AtPeak)),
        ];
        if (prediction.ReferenceTokens is { } tokens)
            columns.Add(new($"as fast as at {NumberFormat.Context(tokens)}", row => Format(row.AsReference)));
        columns.Add(new("measured", row => Format(row.Measured)));
        if (prediction.ReferenceTokens is { } smallest)
            columns.Add(new($"measured ÷ as at {NumberFormat.Context(smallest)}", row =>
                row is { AsReference: { } predicted, Measured: { } measured }
                    ? NumberFormat.Ratio(measured / predicted)
                    : NumberFormat.Absent));
        if (prediction.Outside.Count > 0)
            columns.Add(new("memory", row => row.Regime == MemoryRegime.Unknown ? NumberFormat.Absent : RegimeFormat.Name(row.Regime),
                IsNumber: false));
        return columns.ToTable(prediction.Contexts);
    }

    /// <summary>The KV cache of each window.</summary>
    public static TextTable Create(KvPrediction prediction) => s_kv.ToTable(prediction.Windows);

    /// <summary>The walls of systems.</summary>
    public static TextTable CreateWalls(IEnumerable<RunReport> runs) => s_walls.ToTable(runs);

    /// <summary>The limits of both phases.</summary>
    public static TextTable Create(IReadOnlyList<LimitPrediction> limits) => s_limits.ToTable(limits);

    /// <summary>The change between two runs.</summary>
    public static TextTable Create(IReadOnlyList<ChangePrediction> changes) => s_changes.ToTable(changes);

    /// <summary>A run on another machine.</summary>
    public static TextTable Create(ScaledPrediction scaled) => s_scaled.ToTable(scaled.Contexts);

    private static double? Round(double? value) => value is { } known ? Math.Round(known, 1) : null;
}
