using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.Analysis.Reports;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Views;
using MemoryWall.Core;
using MemoryWall.Core.Primitives;
using MemoryWall.Reporting.Summary;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Json;
using MemoryWall.Runs.Telemetry;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Preflight;
using MemoryWall.Sweeps.Setup;
using Spectre.Console;

namespace MemoryWall.Cli.Tests;

/// <summary>
/// Folders of runs with mutated files, as <c>runs</c>, <c>report</c>, <c>compare</c> and <c>--resume</c> read them: nothing crashes, writes
/// outside, connects, or hands a control character to a terminal or a page.
/// </summary>
public sealed class ForeignRunFuzzTests : IDisposable
{
    /// <summary>The environment variable with the number of inputs; without it, as many as some seconds allow.</summary>
    private const string CountVariable = "MEMWALL_FUZZ_RUNS";

    /// <summary>The environment variable with the seed of the first input.</summary>
    private const string FirstVariable = "MEMWALL_FUZZ_FROM";

    private const int DefaultCount = 40;
    private const string Id = "20261125-021132-c40867ce";
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    private readonly RunsFolder _folder = new();
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task MutatedRuns_EveryReader_SurvivesAndStaysInside()
    {
        _server.Start();
        var count = ReadNumber(CountVariable, DefaultCount);
        var first = ReadNumber(FirstVariable, 0);
        var files = ReadBase();
        var kinds = new HashSet<string>();
        var failures = new List<string>();
        for (var seed = first; seed < first + count && failures.Count < 20; seed++)
        {
            var mutated = Mutate(files, new Random(seed));
            var root = Directory.CreateDirectory(Path.Combine(_folder.Path, "runs")).FullName;
            var run = Directory.CreateDirectory(Path.Combine(root, Id)).FullName;
            foreach (var (name, bytes) in mutated)
                await File.WriteAllBytesAsync(Path.Combine(run, name), bytes, TestContext.Current.CancellationToken);
            var stopwatch = Stopwatch.StartNew();
            try
            {
                foreach (var problem in await TryAsync(root))
                    failures.Add($"seed {seed}: {problem}");
            }
            catch (Exception error) when (error is not (StoreException or FormatException or OutOfMemoryException))
            {
                // A fault that many inputs have is named once.
                if (kinds.Add(error.StackTrace?.Split('\n')
                    .FirstOrDefault(line => line.Contains("MemoryWall", StringComparison.Ordinal)) ?? ""))
                    failures.Add($"seed {seed}: {error}");
            }
            catch (Exception error) when (error is StoreException or FormatException)
            {
                // An answer too; the terminal writes it.
                failures.AddRange(FindUnsafe(Write(console => console.WriteLine(error.Message))).Select(found => $"seed {seed}: {found}"));
            }
            if (stopwatch.Elapsed > s_longest)
                failures.Add($"seed {seed}: it took {stopwatch.Elapsed}");
            if (Directory.GetFileSystemEntries(_folder.Path).Length != 1 || Directory.GetFileSystemEntries(root).Length != 1)
                failures.Add($"seed {seed}: something was written outside of the run");
            Directory.Delete(root, recursive: true);
        }
        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
        Assert.False(_server.Pending(), "a run of somebody else made this program connect");
    }

    private static async Task<List<string>> TryAsync(string root)
    {
        var now = new DateTimeOffset(2026, 11, 26, 0, 0, 0, TimeSpan.Zero);
        var store = new RunStore(root);
        var texts = new List<string> { Write(console => RunListWriter.Write(console, store.List(withArchived: true), now)) };
        Run run;
        try
        {
            run = store.Read(Id);
        }
        catch (StoreException error)
        {
            texts.Add(Write(console => console.WriteLine(error.Message)));
            return [.. texts.SelectMany(FindUnsafe)];
        }
        var report = RunReport.Create(run);
        texts.Add(Write(console => RunReportWriter.Write(console, report)));
        using (var json = new StringWriter())
        {
            SweepJson.Write(json, report);
            texts.Add(json.ToString());
        }
        texts.Add(Write(console =>
            RunComparisonWriter.Write(console, run.Manifest, run.Manifest, Comparison.Compare(report, report, null))));
        texts.Add(Write(console => SystemsComparisonWriter.Write(console, SystemsReport.Create([report]))));
        texts.Add(SummaryPageHtml.Render(SummaryPage.Create(report, [report], []), null, null));
        texts.Add(JsonSerializer.Serialize(store.List(), FactsJson.Indented));
        if (StoredPlanTrust.ListReached(run.Manifest.Plan).Count > 0)
        {
            var result = await Sweeper.ResumeAsync(Id, new SweepSettings { RunsDirectory = root, TelemetryInterval = null },
                new ConsoleSweepObserver(_ => { }), CancellationToken.None);
            texts.Add(Write(console =>
            {
                foreach (var line in SweepEndingLines.Format(result))
                    console.WriteLine(line);
            }));
            if (result.Ending is not (SweepEnding.PreflightFailed or SweepEnding.Completed or SweepEnding.SomeTrialsFailed))
                return [$"resumed with {result.Ending}"];
        }
        return [.. texts.SelectMany(FindUnsafe)];
    }

    private static IEnumerable<string> FindUnsafe(string text)
    {
        var at = text.AsSpan().IndexOfAnyExceptInRange(' ', '~');
        for (; at >= 0 && at < text.Length; at++)
        {
            if (text[at] is not ('\n' or '\r') && SafeText.IsUnsafe(text[at]))
                return [$"U+{(int)text[at]:X4} after '{SafeText.ToSingleLine(text[Math.Max(0, at - 80)..at], 100)}'"];
        }
        return [];
    }

    private static string Write(Action<IAnsiConsole> write)
    {
        using var writer = new StringWriter();
        write(Terminal.Create(writer, redirected: true));
        return writer.ToString();
    }

    // A sample with its telemetry in both forms, and a plan that would contact the test's own server.
    private Dictionary<string, byte[]> ReadBase()
    {
        var sample = Path.Combine(SampleRuns.Find("kv-f16")!, Id);
        var files = Directory.GetFiles(sample).ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes);
        var manifest = JsonNode.Parse(files["run.json"])!;
        manifest["plan"]!["target"] = $"openai://127.0.0.1:{((IPEndPoint)_server.LocalEndpoint).Port}/tiny";
        files["run.json"] = Encoding.UTF8.GetBytes(manifest.ToJsonString(FactsJson.Indented));
        var lines = Encoding.UTF8.GetString(files["telemetry.csv"]).Split('\n');
        var csv = Path.Combine(_folder.Path, "telemetry-2.csv");
        File.WriteAllText(csv, string.Join('\n', lines.Take(40)) + "\n");
        var parquet = Path.ChangeExtension(csv, ".parquet");
        TelemetryParquet.ReplaceCsv(csv, parquet);
        files["telemetry-2.parquet"] = File.ReadAllBytes(parquet);
        File.Delete(parquet);
        files["label.json"] = """{"label":"before","note":"a note","is_archived":false}"""u8.ToArray();
        return files;
    }

    private static Dictionary<string, byte[]> Mutate(Dictionary<string, byte[]> files, Random random)
    {
        var mutated = new Dictionary<string, byte[]>(files);
        for (var i = Next(random, 3); i >= 0; i--)
        {
            var name = mutated.Keys.Order(StringComparer.Ordinal).ElementAt(Next(random, mutated.Count));
            mutated[name] = (Next(random, 4), Path.GetExtension(name)) switch
            {
                ( > 0, ".json") => MutateJson(mutated[name], random),
                ( > 0, ".csv") => MutateCells(mutated[name], random),
                _ => MutateBytes(mutated[name], random),
            };
        }
        return mutated;
    }

    private static readonly string[] s_values =
    [
        "null", "true", "[]", "{}", "0", "-1", "1", "2147483647", "-2147483648", "9223372036854775807", "1e308", "-1e308", "1e-320", "0.5",
        "79228162514264337593543950335", "\"\"", "\"x/..\"", "\"../../x\"", "\"\\u001b]0;PWN\\u0007\\u001b[31m\"", "\"\\u202e\\u2066abc\"",
        "\"<script>alert(1)</script>\"", "\"=cmd|' /C calc'!A0\"", "\"\\u0000\"", "\"\\u0085\\u009b\"", "\"[red]x[/]\"",
        "[null]", "[[[[1]]]]",
        "{\"x\":1}", "\"embedded:/etc/passwd\"", "\"2026-99-99\"", "\"0001-01-01T00:00:00+00:00\"", "\"9999-12-31T23:59:59+00:00\"",
    ];

    private static byte[] MutateJson(byte[] bytes, Random random)
    {
        JsonNode? root;
        var places = new List<(JsonNode Parent, string? Name, int Index)>();
        try
        {
            root = JsonNode.Parse(bytes);
            Collect(root, places);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            return MutateBytes(bytes, random);
        }
        for (var i = Next(random, 3); i >= 0 && places.Count > 0; i--)
        {
            var (parent, name, index) = places[Next(random, places.Count)];
            var value = JsonNode.Parse(s_values[Next(random, s_values.Length)]);
            if (parent is JsonObject holder)
            {
                if (Next(random, 8) == 0)
                    holder.Remove(name!);
                else
                    holder[name!] = value;
            }
            else if (parent is JsonArray items && index < items.Count)
            {
                items[index] = value;
            }
        }
        return Encoding.UTF8.GetBytes(root?.ToJsonString() ?? "null");
    }

    private static void Collect(JsonNode? node, List<(JsonNode Parent, string? Name, int Index)> places)
    {
        if (node is JsonObject holder)
            foreach (var (name, child) in holder)
            {
                places.Add((holder, name, 0));
                Collect(child, places);
            }
        else if (node is JsonArray items)
            for (var i = 0; i < items.Count; i++)
            {
                places.Add((items, null, i));
                Collect(items[i], places);
            }
    }

    private static byte[] MutateCells(byte[] bytes, Random random)
    {
        var lines = Encoding.Latin1.GetString(bytes).Split('\n').ToList();
        for (var i = Next(random, 4); i >= 0; i--)
        {
            var line = Next(random, lines.Count);
            var cells = lines[line].Split(',');
            cells[Next(random, cells.Length)] = s_values[Next(random, s_values.Length)].Trim('"')
                .Replace("\\u001b", "\u001b", StringComparison.Ordinal).Replace("\\u0000", "\0", StringComparison.Ordinal);
            lines[line] = string.Join(',', cells);
            if (Next(random, 6) == 0)
                lines.Insert(Next(random, lines.Count), lines[Next(random, lines.Count)]);
            if (Next(random, 6) == 0)
                lines.RemoveAt(Next(random, lines.Count));
            if (lines.Count == 0)
                return [];
        }
        return Encoding.Latin1.GetBytes(string.Join('\n', lines));
    }

    private static byte[] MutateBytes(byte[] bytes, Random random)
    {
        var copy = bytes.ToList();
        for (var i = Next(random, 8); i >= 0; i--)
        {
            var at = Next(random, copy.Count + 1);
            switch (Next(random, 5))
            {
                case 0 when at < copy.Count:
                    copy[at] ^= (byte)(1 << Next(random, 8));
                    break;
                case 1 when at < copy.Count:
                    copy[at] = (byte)Next(random, 256);
                    break;
                case 2:
                    copy.InsertRange(at, [0, 0x1B, (byte)']', 0xFF, (byte)'"']);
                    break;
                case 3:
                    copy.RemoveRange(at, Math.Min(Next(random, 64), copy.Count - at));
                    break;
                default:
                    copy.InsertRange(at, copy.Take(Next(random, Math.Min(256, copy.Count + 1))).ToList());
                    break;
            }
        }
        return [.. copy];
    }

    private static int ReadNumber(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : otherwise;

    private static int Next(Random random, int below) => below <= 1 ? 0 : random.Next(below);
}
