using MemoryWall.Core;
using MemoryWall.Core.Trials;

namespace MemoryWall.Runs;

/// <summary>The columns of <c>tokens.csv</c>: one row a mark. A trial's marks are written before its own row.</summary>
internal static class TokensFile
{
    public static IReadOnlyList<string> ColumnNames { get; } = ["trial", "kind", "tokens", "arrived_seconds", "native_seconds"];

    public static byte[] Header { get; } = CsvLines.Encode([ColumnNames]);

    public static byte[] FormatRows(int trial, IReadOnlyList<StreamMark> marks) => CsvLines.Encode(marks.Select(mark => new[]
    {
        NumberCell.Format(trial), EnumNames.Name(mark.Kind), NumberCell.Format(mark.Tokens), NumberCell.Format(mark.Arrived),
        NumberCell.Format(mark.Native),
    }));

    /// <summary>The marks of a file by trial, whether or not the trial was completed.</summary>
    public static Dictionary<int, List<StreamMark>> Read(string path, ReadWarningCollector findings)
    {
        var byTrial = new Dictionary<int, List<StreamMark>>();
        using var table = CsvTableReader.Open(path, ColumnNames, findings);
        while (table?.Read() == true)
        {
            if (table.GetInt("trial") is not (> 0 and var trial) || ParseKind(table.GetRaw("kind")) is not { } kind
                || table.GetInstant("arrived_seconds") is not { } arrived)
            {
                findings.Add($"{table.Location}: has no trial, known kind or arrived_seconds, left out");
                continue;
            }
            if (!byTrial.TryGetValue(trial, out var marks))
                byTrial.Add(trial, marks = []);
            marks.Add(new StreamMark(kind, table.GetInt("tokens"), arrived, table.GetTimeSpan("native_seconds")));
        }
        return byTrial;
    }

    private static MarkKind? ParseKind(string name) => EnumNames.TryParse<MarkKind>(name, out var kind) ? kind : null;
}
