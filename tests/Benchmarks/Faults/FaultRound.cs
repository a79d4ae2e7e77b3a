using System.Diagnostics;
using System.Globalization;
using MemoryWall.Analysis.Reports;
using MemoryWall.Core.Trials;
using MemoryWall.Runs;
using MemoryWall.ScriptedServer;
using MemoryWall.Tests;

namespace MemoryWall.Benchmarks.Faults;

/// <summary>
/// One sweep that a fault strikes at a random moment, and its resumption. Every trial that the program named as stored has to be there
/// afterwards, every planned trial exactly once, and nothing else may stay.
/// </summary>
internal sealed class FaultRound : IAsyncDisposable
{
    private const string Model = "embedded:layers=2,embd=128,heads=4,kv=2,ff=256,vocab=2048,ctx=65536";
    private const int Repetitions = 3;
    private const long DiskBytes = 160 << 20;
    private static readonly int[] s_contexts = [600, 1200, 2400];
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    private readonly string _root = Directory.CreateTempSubdirectory("memwall-fault-").FullName;
    private readonly Random _random;
    private readonly FaultKind _kind;
    private readonly LyingServer? _server;
    private readonly List<int> _ids = [];
    private MemwallProcess? _program;

    public FaultRound(FaultKind kind, int seed)
    {
        (_kind, _random) = (kind, new Random(seed));
        Disk = kind.NeedsDisk ? LoopDisk.Create(_root, DiskBytes) : null;
        if (kind.NeedsProxy)
        {
            _server = OllamaScript.Start(new Behaviour { Prefill = TimeSpan.FromMilliseconds(50), Step = TimeSpan.FromMilliseconds(5) },
                OllamaGeneration.New);
            Proxy = new ResettingProxy(_server.Endpoint.Port);
        }
        if (kind.NeedsClock)
            WriteClock("+0");
    }

    /// <summary>The library that moves a program's wall clock; null where it is not installed (Debian: faketime).</summary>
    public static string? ClockLibrary { get; } = new[] { "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu" }
        .Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists);

    public MemwallProcess Program => _program!;

    public LoopDisk? Disk { get; }

    public ResettingProxy? Proxy { get; }

    private string Runs => Directory.CreateDirectory(Path.Combine(Disk?.Path ?? _root, "runs")).FullName;

    private string Clock => Path.Combine(_root, "clock");

    /// <summary>Lets a fault strike.</summary>
    /// <param name="longest">How long a sweep takes: the fault strikes within that time.</param>
    /// <returns>How many trials the program had named as stored, and what was wrong.</returns>
    public async Task<(int Announced, IReadOnlyList<string> Problems)> StrikeAsync(TimeSpan longest)
    {
        var problems = new List<string>();
        _program = Start("--target", _server is { } server ? $"ollama://127.0.0.1:{Proxy!.Port}/{new Behaviour().Model}" : Model,
            "--contexts", string.Join(',', s_contexts), "--repetitions", $"{Repetitions}", "--warmups", "0", "--output-tokens", "48",
            "--telemetry-hz", "20");
        await WaitForMomentAsync(longest);
        var isStruck = await _kind.Strike(this);
        if (!await Program.EndsAsync(s_patience))
            return (0, [$"it did not end:\n{Program.Said}"]);
        if (Program.ExitCode != 0 && !(isStruck && _kind.ExitCodes.Contains(Program.ExitCode)))
            problems.Add($"exit code {Program.ExitCode}:\n{Program.Said}");
        var announced = Program.Announced;
        _kind.Mend(this);
        var before = ReadLines();
        problems.AddRange(announced.Where(number => !before.ContainsKey(number)).Select(number => $"trial {number} was named and is lost"));
        if (Directory.GetDirectories(Runs) is [var run] && File.Exists(Path.Combine(run, "run.json")))
            problems.AddRange(await ResumeAsync(Path.GetFileName(run), before));
        else if (announced.Count > 0)
            problems.Add("the run is lost");
        problems.AddRange(await FindLeftoversAsync());
        return (announced.Count, problems);
    }

    /// <summary>How long a sweep without a fault takes.</summary>
    public async Task<TimeSpan> MeasureAsync()
    {
        var clock = Stopwatch.StartNew();
        using var program = Start("--target", Model, "--contexts", string.Join(',', s_contexts), "--repetitions", $"{Repetitions}",
            "--warmups", "0", "--output-tokens", "48", "--telemetry-hz", "20");
        return await program.EndsAsync(s_patience) && program.ExitCode == 0
            ? clock.Elapsed
            : throw new InvalidOperationException(program.Said);
    }

    /// <summary>Stops a process for up to three seconds.</summary>
    public async Task<bool> PauseAsync(int? id)
    {
        if (!ProcessTree.Signal("STOP", id))
            return false;
        await Task.Delay(_random.Next(500, 3000));
        return ProcessTree.Signal("CONT", id);
    }

    /// <summary>Appends to the run's files what an append that a power failure cut short leaves.</summary>
    public void TearFiles()
    {
        foreach (var file in Directory.EnumerateFiles(Runs, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".csv" or ".jsonl"))
        {
            var lines = File.ReadAllLines(file);
            if (lines.Length > 0 && _random.Next(2) == 0)
                File.AppendAllText(file, lines[^1][..(lines[^1].Length * _random.Next(1, 10) / 10)]);
        }
    }

    /// <summary>Sets the program's wall clock up to a day back or forward.</summary>
    public void StepClock() => WriteClock(string.Create(CultureInfo.InvariantCulture, $"{_random.Next(-86_400, 86_400):+0;-0}"));

    public async ValueTask DisposeAsync()
    {
        _program?.Dispose();
        Proxy?.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
        Disk?.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private MemwallProcess Start(params string[] arguments)
    {
        var environment = new Dictionary<string, string>();
        if (_kind.NeedsClock)
        {
            (environment["LD_PRELOAD"], environment["FAKETIME_TIMESTAMP_FILE"]) = (ClockLibrary!, Clock);
            // A real step moves the wall clock alone, at once.
            (environment["FAKETIME_DONT_FAKE_MONOTONIC"], environment["FAKETIME_NO_CACHE"]) = ("1", "1");
        }
        string[] cap = _kind.NeedsCap ? ["--cap", "400M"] : [];
        var program = MemwallProcess.Start(environment, ["sweep", .. arguments, .. cap, "--runs", Runs]);
        _ids.Add(program.Id);
        return program;
    }

    private async Task<IReadOnlyList<string>> ResumeAsync(string id, Dictionary<int, string> before)
    {
        var problems = new List<string>();
        using var program = MemwallProcess.Start(new Dictionary<string, string>(), ["sweep", "--resume", id, "--runs", Runs]);
        _ids.Add(program.Id);
        if (!await program.EndsAsync(s_patience))
            return [$"resumed, it did not end:\n{program.Said}"];
        if (program.ExitCode is not (0 or 4))
            problems.Add($"resumed, exit code {program.ExitCode}:\n{program.Said}");
        var after = ReadLines();
        problems.AddRange(before.Where(line => after.GetValueOrDefault(line.Key) != line.Value)
            .Select(line => $"trial {line.Key} changed: {line.Value} is {after.GetValueOrDefault(line.Key)}"));
        var report = RunReport.Create(new RunStore(Runs).Read(id));
        var counted = report.Trials.Select(view => view.Trial).Where(trial => trial.Outcome is not Cancelled)
            .CountBy(trial => (trial.ContextTokens, trial.Repetition)).ToDictionary();
        foreach (var planned in s_contexts.SelectMany(context => Enumerable.Range(1, Repetitions).Select(i => (context, i))))
        {
            if (counted.GetValueOrDefault(planned) != 1)
                problems.Add($"{planned.context} tokens, repetition {planned.i}: {counted.GetValueOrDefault(planned)} trials");
        }
        return problems;
    }

    // Half of the faults strike at any time, and half between two trials or in the middle of one.
    private async Task WaitForMomentAsync(TimeSpan longest)
    {
        if (_random.Next(2) == 0)
        {
            await Task.Delay(longest * _random.NextDouble());
            return;
        }
        var trials = _random.Next(s_contexts.Length * Repetitions);
        while (Program.Announced.Count < trials && !await Program.EndsAsync(TimeSpan.FromMilliseconds(5)))
        {
            // It looks again.
        }
        await Task.Delay(_random.Next(100));
    }

    // Whole lines of the file of trials by number.
    private Dictionary<int, string> ReadLines()
    {
        var lines = new Dictionary<int, string>();
        foreach (var file in Directory.EnumerateFiles(Runs, "trials.csv", SearchOption.AllDirectories))
        {
            var text = File.ReadAllText(file);
            var last = 0;
            foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n').Skip(1).Where(line => line.Length > 0))
            {
                // A quoted cell may have lines of its own.
                if (int.TryParse(line.Split(',')[0], CultureInfo.InvariantCulture, out var number))
                    lines.Add(last = number, line);
                else
                    lines[last] += "\n" + line;
            }
        }
        return lines;
    }

    // The server and the guardian need a moment to see that the engine is gone.
    private async Task<IReadOnlyList<string>> FindLeftoversAsync()
    {
        IReadOnlyList<string> left = [];
        for (var patience = 0; patience < 100; patience++)
        {
            left = [.. FindLeftovers()];
            if (left.Count == 0)
                break;
            await Task.Delay(100);
        }
        return left;
    }

    private IEnumerable<string> FindLeftovers()
    {
        foreach (var process in ProcessTree.FindAll(_root))
            yield return $"process {process} is left";
        foreach (var file in Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".tmp" or ".swap"))
            yield return $"{file} is left";
        foreach (var cap in Directory.EnumerateDirectories("/sys/fs/cgroup", "memwall-*", new EnumerationOptions
        {
            RecurseSubdirectories = true,
            IgnoreInaccessible = true,
            MaxRecursionDepth = 4,
        }))
        {
            if (_ids.Exists(id => Path.GetFileName(cap).Contains($"-{id}-", StringComparison.Ordinal)))
                yield return $"{cap} is left";
        }
    }

    private void WriteClock(string offset) => File.WriteAllText(Clock, offset);
}
