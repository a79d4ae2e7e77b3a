using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using MemoryWall.Analysis.Reports;
using MemoryWall.Core.Primitives;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;

namespace MemoryWall.Cli.Tests;

/// <summary>
/// Folders of runs with mutated files, as <c>runs</c>, <c>report</c>, <c>compare</c>, <c>export</c> and <c>--resume</c> read them: nothing
/// crashes, writes, connects, or hands a control character to a terminal or a page, or an element to a page.
/// </summary>
public sealed class ForeignRunFuzzTests : IDisposable
{
    private const int DefaultCount = 40;
    private const int MaxFailures = 20;
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(5);

    private readonly RunsFolder _folder = new();
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly ConcurrentDictionary<string, bool> _faults = new();
    private int _read;

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task MutatedRuns_EveryReader_SurvivesAndStaysInside()
    {
        _server.Start();
        var target = $"openai://{_server.LocalEndpoint}/tiny";
        var mutator = RunMutator.Create(FindSample, target);
        var readers = new ForeignRunReaders(RunReport.Create(RunReader.Read(FindSample("kv-q8_0"), withMarks: true).Run));
        using var network = new NetworkWatch();
        await AssertSeesConnectionsAsync(network);
        var (first, count) = FuzzRange.Read(LongTests.Draws(DefaultCount));
        // Other tests run beside a few inputs, and none beside many.
        var workers = count > DefaultCount ? Environment.ProcessorCount : 1;
        var clock = Stopwatch.StartNew();

        await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Task.Run(async () =>
        {
            var folder = Directory.CreateDirectory(Path.Combine(_folder.Path, $"worker-{worker}")).FullName;
            for (var seed = first + worker; seed < first + count && _failures.Count < MaxFailures; seed += workers)
                await TryAsync(seed, mutator.Mutate(seed), readers, folder);
        })));

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{count} inputs from {first} in {clock.Elapsed.TotalSeconds:0} s, {_read} of them with a manifest that can be read");
        Assert.True(_failures.IsEmpty, string.Join("\n\n", _failures));
        Assert.False(_server.Pending(), "a run of another user made this program connect");
        Assert.Empty(network.Seen);
        // Inputs that stop at the manifest try nothing else.
        Assert.InRange(_read, count / 2, count);
    }

    private async Task TryAsync(int seed, MutatedRun run, ForeignRunReaders readers, string folder)
    {
        var root = Directory.CreateDirectory(Path.Combine(folder, "runs")).FullName;
        var elsewhere = Path.Combine(folder, "elsewhere");
        File.WriteAllText(elsewhere, "not a file of a run");
        run.Write(root, elsewhere);
        var before = List(folder);
        var clock = Stopwatch.StartNew();
        await CatchAsync(seed, async () =>
        {
            var read = await readers.ReadAsync(root, run.Id);
            if (read.IsRun)
                Interlocked.Increment(ref _read);
            Add(seed, read.Texts.SelectMany(FindUnsafe).Concat(read.Problems));
        });
        if (!before.SequenceEqual(List(folder)))
            Add(seed, [$"a file was written: {string.Join(", ", List(folder).Except(before))}"]);
        await CatchAsync(seed, () =>
        {
            var (refusal, problem) = ForeignRunReaders.GoOn(root, run.Id);
            Add(seed, [.. refusal is null ? [] : FindUnsafe(refusal), .. problem is null ? Array.Empty<string>() : [problem]]);
            return Task.CompletedTask;
        });
        // A run that is continued is written, and nothing beside it.
        var own = Path.Combine(root, run.Id) + Path.DirectorySeparatorChar;
        bool IsElsewhere(string entry) => !entry.StartsWith(own, StringComparison.Ordinal);
        if (!before.Where(IsElsewhere).SequenceEqual(List(folder).Where(IsElsewhere)))
            Add(seed, ["something was written outside of the run"]);
        if (clock.Elapsed > s_longest)
            Add(seed, [$"it took {clock.Elapsed}"]);
        Directory.Delete(root, recursive: true);
    }

    private async Task CatchAsync(int seed, Func<Task> read)
    {
        try
        {
            await read();
        }
        catch (StoreException error)
        {
            // An answer too; the terminal writes it.
            Add(seed, FindUnsafe(new ForeignText(ForeignRunReaders.WriteLine(error.Message), IsPage: false)));
        }
        catch (Exception error)
        {
            // A fault that many inputs have is named once.
            if (_faults.TryAdd(error.StackTrace?.Split('\n')
                .FirstOrDefault(line => line.Contains("MemoryWall", StringComparison.Ordinal)) ?? "", true))
                Add(seed, [error.ToString()]);
        }
    }

    private void Add(int seed, IEnumerable<string> problems)
    {
        foreach (var problem in problems)
            _failures.Enqueue($"seed {seed}: {problem}");
    }

    // Every entry with the checksum of its bytes: reading changes nothing.
    private static List<string> List(string folder) =>
        [.. Directory.GetFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(path =>
            Directory.Exists(path) ? path : $"{path} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))}")];

    private static IEnumerable<string> FindUnsafe(ForeignText text)
    {
        var at = text.Text.AsSpan().IndexOfAnyExceptInRange(' ', '~');
        for (; at >= 0 && at < text.Text.Length; at++)
        {
            if (text.Text[at] is not ('\n' or '\r') && SafeText.IsUnsafe(text.Text[at]))
                return [$"U+{(int)text.Text[at]:X4} after '{SafeText.ToSingleLine(text.Text[Math.Max(0, at - 80)..at], 100)}'"];
        }
        return text.IsPage && HostileRun.FindElement(text.Text) is { } element ? [$"an element: {element}"] : [];
    }

    // What cannot see a connection would find none.
    private static async Task AssertSeesConnectionsAsync(NetworkWatch network)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)other.LocalEndpoint, TestContext.Current.CancellationToken);
        Assert.NotEmpty(network.Seen);
        network.Clear();
    }

    private static string FindSample(string name) => Directory.GetDirectories(SampleRuns.Find(name)!).Single();
}
