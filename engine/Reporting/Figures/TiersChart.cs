using MemoryWall.Charts;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Models.Forecast;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Figures;

/// <summary>The forecast memory as the context grows: weights, KV cache and compute buffers, compared with memory sizes.</summary>
internal static class TiersChart
{
    private const int PointCount = 65;

    public static Chart Create(ModelShape shape, string name, string? kvType, int from, int to, IReadOnlyList<string> limits)
    {
        var settings = ForecastSettings.FromOptions(new TargetOptions { KvType = kvType });
        if (MemoryForecast.FindProblems(shape, settings) is [_, ..] problems)
            throw new FormatException(string.Join("; ", problems));
        var rows = Enumerable.Range(0, PointCount).Select(i => (int)Math.Round(from * Math.Pow((double)to / from, i / (PointCount - 1.0))))
            .Distinct()
            .Select(context => MemoryForecast.Compute(shape, settings, context)).ToList();
        var walls = limits.Select(limit => (Name: limit, ByteSize.Parse(limit).Bytes, Wall: ForecastWall(shape, settings, limit)))
            .OrderBy(limit => limit.Bytes).ToList();
        var most = rows[^1].TotalBytes ?? rows[^1].KvBytes;
        return new Chart
        {
            Title = Title($"With {(kvType is null or "f16" ? "an" : "a")} {kvType ?? "f16"} KV cache, {name}", shape, walls),
            Subtitle =
                $"forecast for {name}, {kvType ?? "f16"} KV cache; weights {NumberFormat.Bytes(shape.WeightBytes)}, "
                + $"KV cache {NumberFormat.Bytes((rows[^1].KvBytes - rows[0].KvBytes) / (double)(to - from))} per token",
            X = Axis.ForContexts([from, to]) with { Min = from, Max = to },
            Panels =
            [
                new Panel
                {
                    Y = new Axis("memory, GB (10⁹ bytes)") { Min = 0 },
                    Marks = [.. CreateBands(rows)],
                    // A limit far above the layers would flatten them.
                    ReferenceLines = [
                        .. walls.Where(limit => limit.Bytes <= 1.6 * most)
                            .Select(limit => new ReferenceLine(ReferenceLineDirection.Horizontal, limit.Bytes / 1e9, limit.Name))],
                },
            ],
            Notes = shape.TrainedContextTokens is { } trained
                ? [$"The model was trained for contexts of up to {NumberFormat.Context(trained)} tokens."]
                : [],
            Table = new TextTable(
                [new TextColumn("memory"), new TextColumn("largest context, tokens"), new TextColumn("meaning", IsNumber: false)],
                [.. walls.Select(
                    limit => (IReadOnlyList<string>)[limit.Name,
                        limit.Wall?.WallTokens is { } wall ? NumberFormat.Tokens(wall) : NumberFormat.Absent,
                        limit.Wall is { } forecast
                            ? ForecastPhrases.FormatWall(forecast)
                            : "Unknown: the size of the weights or of the vocabulary is missing."])]),
        };
    }

    private static WallForecast? ForecastWall(ModelShape shape, ForecastSettings settings, string limit) =>
        shape is { WeightBytes: not null, VocabularySize: not null }
            ? MemoryForecast.FindWall(shape, settings, new MemoryBudget(ByteSize.Parse(limit)))
            : null;

    // The walls are in ascending order of memory, so every size after the first that fits the full context fits it too.
    private static string Title(string subject, ModelShape shape, IReadOnlyList<(string Name, long Bytes, WallForecast? Wall)> walls)
    {
        var parts = walls.Where(limit => limit.Wall?.Verdict is WallVerdict.BelowTrained or WallVerdict.TrainedUnknown)
            .Select(limit => $"{Axis.FormatTokens(limit.Wall!.WallTokens!.Value)} tokens into {limit.Name}").ToList();
        var full = walls.Where(limit => limit.Wall?.Verdict is WallVerdict.ReachesTrained or WallVerdict.Unlimited)
            .Select(limit => limit.Name).ToList();
        if (full.Count > 0)
        {
            var context = shape.TrainedContextTokens is { } trained ? $"its full {NumberFormat.Context(trained)} context" : "any context";
            parts.Add($"{context} into {full[0]}{(full.Count > 1 ? " or more" : "")}");
        }
        var tooSmall = walls.Where(limit => limit.Wall?.Verdict == WallVerdict.DoesNotFit).Select(limit => limit.Name).ToList();
        string?[] clauses =
        [
            parts.Count > 0 ? $"fits {WordFormat.List(parts)}" : null,
            tooSmall.Count > 0 ? $"does not fit into {WordFormat.List(tooSmall)} at all" : null,
        ];
        return clauses.Any(clause => clause is not null)
            ? $"{subject} {string.Join("; it ", clauses.OfType<string>())}"
            : $"{subject} cannot be compared with a memory size: none was given, or its weights are of unknown size";
    }

    private static IEnumerable<Mark> CreateBands(List<ForecastRow> rows)
    {
        (string Name, ChartColor Color, Func<ForecastRow, long> Bytes)[] layers =
        [
            ("weights", ChartColor.Grey, row => row.WeightsBytes ?? 0),
            ("KV cache", ChartColor.Blue, row => row.KvBytes + row.RecurrentBytes),
            ("compute buffers", ChartColor.Orange, row => row.ComputeBytes ?? 0),
        ];
        var below = rows.Select(_ => 0L).ToList();
        foreach (var (name, color, bytes) in layers)
        {
            var low = below.ToList();
            below = [.. rows.Select((row, index) => low[index] + bytes(row))];
            var high = below;
            yield return new Band(name, color,
                [.. rows.Select((row, index) => new ChartRange(row.ContextTokens, low[index] / 1e9, high[index] / 1e9))]);
        }
    }
}
