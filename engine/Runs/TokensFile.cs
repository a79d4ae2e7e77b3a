using MemoryWall.Core.Trials;
using MemoryWall.Runs.Csv;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Schema;

namespace MemoryWall.Runs;

/// <summary><c>tokens.csv</c>: one row for each mark. The marks of a trial are written before the trial's own row.</summary>
internal static class TokensFile
{
    private static readonly CsvTable<TokenRow> s_table = new(TokenSchema.Columns);

    public static byte[] Header => s_table.Header;

    public static byte[] FormatRows(int trial, IReadOnlyList<StreamMark> marks) =>
        s_table.FormatRows(marks.Select(mark => new TokenRow(trial, mark)));

    /// <summary>The marks of a file by trial, whether or not the trial was completed.</summary>
    public static Dictionary<int, List<StreamMark>> Read(string path, ReadWarningCollector warnings)
    {
        var byTrial = new Dictionary<int, List<StreamMark>>();
        foreach (var (row, location) in s_table.Read(path, _ => default, warnings))
        {
            if (row.Trial < 1)
            {
                warnings.Add($"{location}: {row.Trial} is not the number of a trial; the row is skipped");
                continue;
            }
            if (!byTrial.TryGetValue(row.Trial, out var marks))
                byTrial.Add(row.Trial, marks = []);
            marks.Add(row.Mark);
        }
        return byTrial;
    }
}
