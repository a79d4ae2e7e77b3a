using System.ComponentModel;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Options;
using MemoryWall.Cli.Views;
using MemoryWall.Export;
using MemoryWall.Export.Tables;
using MemoryWall.Lake;
using MemoryWall.Lake.Files;
using MemoryWall.Lake.Queries;
using MemoryWall.Lake.Tables;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall lake query</c>.</summary>
internal sealed class LakeQueryOptions : LakeOptions
{
    [CommandArgument(0, "<SQL>")]
    [Description("One statement that reads the tables runs, trials, tokens, telemetry and verdicts")]
    public string Sql { get; init; } = "";

    [CommandOption("--csv [FILE]")]
    [Description("Write CSV to this file, or to standard output")]
    public FlagValue<string> Csv { get; init; } = new();

    [CommandOption("--json [FILE]")]
    [Description("Write a JSON array to this file, or to standard output")]
    public FlagValue<string> Json { get; init; } = new();

    [CommandOption("--parquet <FILE>")]
    [Description("Write a Parquet file")]
    public string? Parquet { get; init; }

    [CommandOption("--force")]
    [Description("Replace a file that exists")]
    public bool Force { get; init; }

    [CommandOption("--rows <N>")]
    [Description("Rows at most (default: 1000 on a terminal, all in files)")]
    [Example(1000)]
    public int? Rows { get; init; }
}

/// <summary><c>memwall lake query</c>: SQL on the tables of a lake.</summary>
internal sealed class LakeQueryCommand : AsyncCommand<LakeQueryOptions>
{
    private const int TerminalRows = 1000;

    // DuckDB takes about a millisecond to open a file, whatever is in it.
    private const int ManyFiles = 1000;

    public override async Task<int> ExecuteAsync(CommandContext context, LakeQueryOptions options, CancellationToken cancellationToken)
    {
        var form = ResultForm.Create(options);
        if (options.Rows < 1)
            throw new FormatException($"--rows: {options.Rows} is not a number of rows; for example --rows {TerminalRows}");
        var lake = options.OpenExisting();
        LakeRows? read = null;
        try
        {
            if (form.File is { } file)
                NewFile.Check(file, options.Force, [lake.Root]);
            using var output = new HeldOutput();
            var problems = await LakeQuery.RunAsync(lake, options.Sql, options.Rows ?? (form.Write is null ? TerminalRows : long.MaxValue),
                rows =>
                {
                    read = rows;
                    if (form.Write is null)
                        WriteTable(rows);
                    else if (form.File is { } path)
                        NewFile.Write(path, options.Force, stream => form.Write(stream, rows, cancellationToken), [lake.Root]);
                    else
                        output.Replace(stream => form.Write(stream, rows, cancellationToken));
                }, cancellationToken).ConfigureAwait(false);
            output.CopyTo(Console.OpenStandardOutput());
            if (read!.IsTruncated)
                Terminal.Error.WriteLine(LakePhrases.FormatTruncated(read.Count));
            if (lake.List(LakeFolder.Runs).Files.Count is >= ManyFiles and var files)
                Terminal.Error.WriteLine(LakePhrases.FormatManyFiles(files));
            return LakeProblemWriter.Write(Terminal.Error, problems);
        }
        catch (Exception error) when (form.File is not null && error is IOException or UnauthorizedAccessException)
        {
            Terminal.Error.WriteLine($"{form.Option}: {error.Message}");
            return ExitCodes.Store;
        }
    }

    // All rows first: what was written of a result that fails in the middle would stay.
    private static void WriteTable(LakeRows rows)
    {
        var all = rows.Read().ToList();
        TerminalTable.Write(Terminal.Out, ResultTable.Create(rows.Columns.Select(column => (column.Name,
            column.Type is LakeType.Integer or LakeType.Number)), all));
    }

    private sealed record ResultForm(string Option, string? File, Action<Stream, LakeRows, CancellationToken>? Write)
    {
        public static ResultForm Create(LakeQueryOptions options)
        {
            ResultForm[] asked =
            [
                .. options.Csv.IsSet ? [new ResultForm("--csv", options.Csv.Value, WriteCsv)] : Array.Empty<ResultForm>(),
                .. options.Json.IsSet
                    ? [new ResultForm("--json", options.Json.Value, (stream, rows, _) => ResultFile.WriteJson(stream, rows))]
                    : Array.Empty<ResultForm>(),
                .. options.Parquet is { } file ? [new ResultForm("--parquet", file, ResultFile.WriteParquet)] : Array.Empty<ResultForm>(),
            ];
            return asked.Length switch
            {
                0 => new ResultForm("", null, null),
                1 => asked[0],
                _ => throw new FormatException($"{asked[0].Option} and {asked[1].Option} exclude each other; give one"),
            };
        }

        private static void WriteCsv(Stream stream, LakeRows rows, CancellationToken cancellation)
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            TableCsv.Write(writer, rows.Columns.Select(column => column.Name), ResultFile.ReadForText(rows));
        }
    }
}
