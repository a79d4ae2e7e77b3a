using MemoryWall.Facts;

namespace MemoryWall.Store;

/// <summary>The columns of <c>tokens.csv</c>: one row a mark. A trial's marks are written before its own row.</summary>
internal static class MarkTable
{
    public static IReadOnlyList<string> Names { get; } = ["trial", "kind", "tokens", "arrived_seconds", "native_seconds"];

    public static byte[] Header { get; } = CsvLines.Of([Names]);

    public static byte[] Rows(int trial, IReadOnlyList<StreamMark> marks) => CsvLines.Of(marks.Select(mark => new[]
    {
        Cell.Of(trial), EnumNames.Name(mark.Kind), Cell.Of(mark.Tokens), Cell.Of(mark.Arrived), Cell.Of(mark.Native),
    }));

    /// <summary>The marks of a file by trial, whether or not the trial was completed.</summary>
    public static Dictionary<int, List<StreamMark>> Read(string path, Findings findings)
    {
        var byTrial = new Dictionary<int, List<StreamMark>>();
        using var table = TableReader.Open(path, Names, findings);
        while (table?.Read() == true)
        {
            if (table.Int("trial") is not (> 0 and var trial) || Kind(table.Raw("kind")) is not { } kind || table.Instant("arrived_seconds") is not { } arrived)
            {
                findings.Add($"{table.Where}: has no trial, known kind or arrived_seconds, left out");
                continue;
            }
            if (!byTrial.TryGetValue(trial, out var marks))
                byTrial.Add(trial, marks = []);
            marks.Add(new StreamMark(kind, table.Int("tokens"), arrived, table.Duration("native_seconds")));
        }
        return byTrial;
    }

    private static MarkKind? Kind(string name) => EnumNames.TryParse<MarkKind>(name, out var kind) ? kind : null;
}
