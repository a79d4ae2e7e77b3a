using MemoryWall.Charts;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Notebooks.Figures;

/// <summary>What fills memory as the context grows: weights, KV cache, compute buffers, against limits.</summary>
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
            Title = Title(name, kvType ?? "f16", walls),
            Subtitle =
                $"forecast, {name}, KV {kvType ?? "f16"}; weights {NumberFormat.Bytes(shape.WeightBytes)}, {NumberFormat.Bytes((rows[^1].KvBytes - rows[0].KvBytes) / (double)(to - from))} of KV cache a token",
            X = Axis.ForContexts([from, to]) with { Min = from, Max = to },
            Panels =
            [
                new Panel
                {
                    Y = new Axis("memory, GB (10⁹ bytes)") { Min = 0 },
                    Marks = [.. CreateBands(rows)],
                    // A limit far above everything drawn would press the layers flat.
                    ReferenceLines = [
                        .. walls.Where(limit => limit.Bytes <= 1.6 * most)
                            .Select(limit => new ReferenceLine(ReferenceLineDirection.Horizontal, limit.Bytes / 1e9, limit.Name))],
                },
            ],
            Notes = shape.TrainedContextTokens is { } trained ? [$"The model was trained for {NumberFormat.Context(trained)} tokens."] : [],
            Table = new TextTable(
                [new TextColumn("memory"), new TextColumn("largest context, tokens"), new TextColumn("what this is", IsNumber: false)],
                [.. walls.Select(
                    limit => (IReadOnlyList<string>)[limit.Name,
                        limit.Wall?.WallTokens is { } wall ? NumberFormat.Tokens(wall) : NumberFormat.Absent,
                        limit.Wall?.Describe() ?? "not known: the size of the weights or of the vocabulary is missing"])]),
        };
    }

    private static WallForecast? ForecastWall(ModelShape shape, ForecastSettings settings, string limit) =>
        shape is { WeightBytes: not null, VocabularySize: not null }
            ? MemoryForecast.FindWall(shape, settings, new MemoryBudget(ByteSize.Parse(limit)))
            : null;

    private static string Title(string name, string kvType, IReadOnlyList<(string Name, long Bytes, WallForecast? Wall)> walls)
    {
        var all = walls.Where(limit => limit.Wall?.Verdict is WallVerdict.ReachesTrained or WallVerdict.Unlimited)
            .Select(limit => limit.Name).ToList();
        var fits = walls.Where(limit => limit.Wall?.Verdict is WallVerdict.BelowTrained or WallVerdict.TrainedUnknown)
            .Select(limit => $"{Axis.FormatTokens(limit.Wall!.WallTokens!.Value)} tokens in {limit.Name}").ToList();
        if (all.Count > 0)
            fits.Add($"all that it was trained for in {WordFormat.List(all)}");
        var not = walls.Where(limit => limit.Wall?.Verdict == WallVerdict.DoesNotFit).Select(limit => limit.Name).ToList();
        string?[] parts = [fits.Count > 0 ? $"holds a context of {WordFormat.List(fits)}" : null,
            not.Count > 0 ? $"does not fit {WordFormat.List(not)} at all" : null];
        var said = string.Join("; ", parts.OfType<string>());
        return said.Length == 0
            ? $"{name} with {kvType} keys and values: no limit was asked for"
            : $"{name} with {kvType} keys and values {said}";
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
