using System.Text;
using System.Text.Json.Nodes;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Json;
using MemoryWall.Runs.Telemetry;

namespace MemoryWall.Tests;

/// <summary>A run whose files are changed.</summary>
/// <param name="Id">The name of its folder.</param>
/// <param name="Files">The bytes of its files.</param>
/// <param name="Folders">Names that are folders and not files.</param>
/// <param name="Links">Names that are links to a file elsewhere.</param>
internal sealed record MutatedRun(string Id, IReadOnlyDictionary<string, byte[]> Files, IReadOnlyList<string> Folders,
    IReadOnlyList<string> Links)
{
    /// <summary>Writes the run.</summary>
    /// <param name="root">The folder of the runs.</param>
    /// <param name="elsewhere">The file that links lead to.</param>
    public void Write(string root, string elsewhere)
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, Id)).FullName;
        foreach (var (name, bytes) in Files)
            File.WriteAllBytes(Path.Combine(folder, name), bytes);
        foreach (var name in Folders)
            Directory.CreateDirectory(Path.Combine(folder, name));
        foreach (var name in Links)
            File.CreateSymbolicLink(Path.Combine(folder, name), elsewhere);
    }
}

/// <summary>
/// Makes runs as other people may hand them over: short forms of stored samples, with files that are changed at random. A seed gives the
/// same run each time.
/// </summary>
internal sealed class RunMutator
{
    /// <summary>Samples of each kind: a sweep, a wall with its tier, experts, and conversations.</summary>
    public static readonly string[] Samples = ["kv-f16", "wall-managed", "moe-standard", "sessions-tier", "context-sweep"];

    private const int MaxLines = 24;
    private const int ParquetVariants = 8;

    private static readonly string[] s_tornFiles = ["trials.csv.torn", "tokens.csv.torn", "events.jsonl.torn", "server.log", "live.feed",
        "run.json.tmp", "telemetry-7.csv", "telemetry-3.parquet", "other.txt"];

    private readonly List<(string Id, Dictionary<string, byte[]> Files, byte[]? Seal)> _bases;
    private readonly List<byte[]> _parquets;

    private RunMutator(List<(string, Dictionary<string, byte[]>, byte[]?)> bases, List<byte[]> parquets) =>
        (_bases, _parquets) = (bases, parquets);

    /// <summary>Reads the samples.</summary>
    /// <param name="find">The folder of a sample with this name.</param>
    /// <param name="target">The target that the runs name, which nothing may contact.</param>
    public static RunMutator Create(Func<string, string> find, string target)
    {
        var scratch = Directory.CreateTempSubdirectory("memwall-mutator-").FullName;
        try
        {
            var csv = Shorten(File.ReadAllText(Path.Combine(find(Samples[0]), "telemetry.csv")));
            var parquets = new List<byte[]> { ToParquet(scratch, csv)! };
            for (var seed = 0; parquets.Count < ParquetVariants; seed++)
            {
                // A file without a fault, whose names and numbers are a stranger's.
                if (ToParquet(scratch, Encoding.Latin1.GetString(FileMutations.MutateCells(Encoding.Latin1.GetBytes(csv),
                    new Random(seed)))) is { } variant)
                    parquets.Add(variant);
            }
            return new RunMutator([.. Samples.Select(sample => ReadBase(find(sample), target, scratch, parquets[0]))], parquets);
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    /// <summary>The run of a seed.</summary>
    public MutatedRun Mutate(int seed)
    {
        var random = new Random(seed);
        var (id, files, seal) = _bases[seed % _bases.Count];
        var mutated = new Dictionary<string, byte[]>(files);
        var (folders, links) = (new List<string>(), new List<string>());
        for (var i = FileMutations.Next(random, 3); i >= 0; i--)
        {
            var name = mutated.Keys.Order(StringComparer.Ordinal).ElementAt(FileMutations.Next(random, mutated.Count));
            mutated[name] = MutateFile(name, mutated[name], random);
        }
        ChangeEntries(mutated, folders, links, random);
        AddSeal(mutated, files[RunFiles.Manifest], seal, random);
        return new MutatedRun(id, mutated, folders, links);
    }

    private byte[] MutateFile(string name, byte[] bytes, Random random) =>
        (FileMutations.Next(random, 5), Path.GetExtension(name)) switch
        {
            ( > 0, ".json") => FileMutations.MutateJson(bytes, random),
            ( > 0, ".jsonl") => FileMutations.MutateJsonLines(bytes, random),
            ( > 0, ".csv") => FileMutations.MutateCells(bytes, random),
            (1, ".parquet") => _parquets[FileMutations.Next(random, _parquets.Count)],
            ( > 0, ".parquet") => FileMutations.MutateParquet(_parquets[FileMutations.Next(random, _parquets.Count)], random),
            _ => FileMutations.MutateBytes(bytes, random),
        };

    // Files that are not there, that should not be there, or that are none.
    private static void ChangeEntries(Dictionary<string, byte[]> files, List<string> folders, List<string> links, Random random)
    {
        if (FileMutations.Next(random, 6) == 0)
        {
            var name = s_tornFiles[FileMutations.Next(random, s_tornFiles.Length)];
            files[name] = FileMutations.MutateBytes(Encoding.UTF8.GetBytes(FileMutations.ReadText(random)), random);
        }
        if (FileMutations.Next(random, 8) != 0)
            return;
        var changed = files.Keys.Order(StringComparer.Ordinal).ElementAt(FileMutations.Next(random, files.Count));
        var kind = FileMutations.Next(random, 4);
        files.Remove(changed);
        if (kind == 0)
            files[changed] = [];
        else if (kind == 1)
            folders.Add(changed);
        // A link needs a permission on Windows.
        else if (kind == 2 && !OperatingSystem.IsWindows())
            links.Add(changed);
    }

    // The seal of this user on a manifest that is another one, or another seal on the user's own.
    private static void AddSeal(Dictionary<string, byte[]> files, byte[] manifest, byte[]? seal, Random random)
    {
        if (seal is null || !files.TryGetValue(RunFiles.Manifest, out var now) || FileMutations.Next(random, 3) == 0)
            return;
        var isOther = !now.AsSpan().SequenceEqual(manifest);
        var other = FileMutations.Next(random, 2) == 0 ? FileMutations.MutateBytes(seal, random) : seal;
        if (isOther || Encoding.ASCII.GetString(other).Trim() != Encoding.ASCII.GetString(seal).Trim())
            files[RunFiles.Seal] = other;
    }

    private static (string, Dictionary<string, byte[]>, byte[]?) ReadBase(string sample, string target, string scratch, byte[] parquet)
    {
        var files = Directory.GetFiles(sample).Where(path => Path.GetExtension(path) != ".parquet")
            .ToDictionary(path => Path.GetFileName(path), path => Path.GetExtension(path) == ".csv"
                ? Encoding.UTF8.GetBytes(Shorten(File.ReadAllText(path)))
                : File.ReadAllBytes(path));
        var manifest = JsonNode.Parse(files[RunFiles.Manifest])!;
        manifest["plan"]!["target"] = target;
        files[RunFiles.Manifest] = Encoding.UTF8.GetBytes(manifest.ToJsonString(FactsJson.Indented));
        files[RunFiles.TelemetryParquetFile(files.ContainsKey("telemetry.csv") ? 2 : 1)] = parquet;
        files[RunFiles.Label] = """{"label":"before","note":"a note","is_archived":false}"""u8.ToArray();
        RunSeal.Write(scratch, files[RunFiles.Manifest]);
        var seal = Path.Combine(scratch, RunFiles.Seal);
        return (Path.GetFileName(sample), files, File.Exists(seal) ? File.ReadAllBytes(seal) : null);
    }

    // Each line is read in the same way, so that a few are enough, and inputs are quick.
    private static string Shorten(string csv) => string.Join('\n', csv.Split('\n').Take(MaxLines)) + "\n";

    // Null where the text is no telemetry.
    private static byte[]? ToParquet(string scratch, string csv)
    {
        var (from, to) = (Path.Combine(scratch, "telemetry.csv"), Path.Combine(scratch, "telemetry.parquet"));
        File.WriteAllText(from, csv, Encoding.Latin1);
        try
        {
            TelemetryParquet.ReplaceCsv(from, to);
            return File.ReadAllBytes(to);
        }
        catch (StoreException)
        {
            return null;
        }
    }
}
