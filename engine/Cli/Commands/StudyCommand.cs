using System.ComponentModel;
using MemoryWall.Cli.NotebookLauncher;
using MemoryWall.Cli.Views;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Machine;
using MemoryWall.Sweeps;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall study</c>.</summary>
internal sealed class StudyOptions : MeasureOptions
{
    // Far enough below what small machines have, and far enough above what the server itself needs.
    private const long DefaultCapBytes = 400 * ByteSize.MiB;

    [CommandOption("--quick")]
    [Description("Smaller contexts: done in a few minutes on two cores")]
    public bool Quick { get; init; }

    [CommandOption("-o|--output <FILE>")]
    [Description("The HTML file to write (default reports/<run>/index.html of the checkout)")]
    public string? Output { get; init; }

    /// <summary>The sweep without any limit.</summary>
    public SweepPlan ToSweepPlan() => new()
    {
        Target = Target,
        Contexts = ContextList.Parse(Quick ? "512,2k,8k" : "2k,8k,32k"),
        OutputTokens = 32,
        Repetitions = Quick ? 1 : 3,
        Limits = ToLimits(new PhaseLimits()),
        Options = ToTargetOptions() with { Tier = null },
    };

    /// <summary>The systems at a cap; none for a target that is not started here, or where the machine permits no cap.</summary>
    public CompareSystemsOptions? ToCompareOptions(bool capsArePermitted) =>
        !capsArePermitted || !IsEmbedded ? null : new CompareSystemsOptions
        {
            Target = Target == "embedded" ? "embedded:small" : Target,
            Contexts = Quick ? "4k,8k,16k" : "2k,4k,8k,12k,16k,24k",
            Cap = Cap ?? new ByteSize(DefaultCapBytes).Bytes.ToString(System.Globalization.CultureInfo.InvariantCulture),
            WithSwapFile = WithSwapFile,
            // Without swap both standard systems would be the same one.
            Systems = WithSwapFile is null ? ["standard-no-swap", "managed"] : ["standard", "standard-no-swap", "managed"],
            Repetitions = Quick ? 1 : 2,
            Tier = Tier,
            TierStorage = TierStorage,
            TierBandwidth = TierBandwidth,
            TierLatency = TierLatency,
            Threads = Threads,
            Runs = Runs,
            TelemetryHz = TelemetryHz,
        };

    private bool IsEmbedded => Target == "embedded" || Target.StartsWith("embedded:", StringComparison.Ordinal);
}

/// <summary><c>memwall study</c>: a sweep, systems at a cap where the machine permits one, and everything in one file to hand
/// over.</summary>
internal sealed class StudyCommand : AsyncCommand<StudyOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, StudyOptions options, CancellationToken cancellationToken)
    {
        // Before anything is measured: a study without its page is a waste of an hour.
        _ = NotebookRunnerProcess.ProgramPath();
        var checkout = NotebookFiles.FindCheckout();
        var settings = options.ToSettings();
        var sweep = await MeasurementRunner.RunAsync(options.ToSweepPlan(), settings, cancellationToken).ConfigureAwait(false);
        if (sweep.Run is not { } run || sweep.Result.Ending is SweepEnding.Cancelled or SweepEnding.StoreFailed)
            return MeasurementRunner.GetExitCode([sweep]);
        RunReportWriter.Write(Terminal.Out, run);

        var systems = await MeasureSystemsAsync(options, settings, cancellationToken).ConfigureAwait(false);
        if (cancellationToken.IsCancellationRequested)
            return ExitCodes.Cancelled;
        var output = Path.GetFullPath(options.Output ?? Path.Combine(checkout, "reports", run.Manifest.RunId, "index.html"));
        var code = await RenderAsync(Path.Combine(checkout, "notebooks"), output, settings.RunsDirectory, run, systems, cancellationToken)
            .ConfigureAwait(false);
        if (code == ExitCodes.Success)
            Terminal.Out.WriteLine($"one file to hand over: {output}");
        return code;
    }

    private static async Task<IReadOnlyList<Run>> MeasureSystemsAsync(StudyOptions options, SweepSettings settings,
        CancellationToken cancellation)
    {
        var support = await MemoryCapFactory.ProbeAsync().ConfigureAwait(false);
        if (options.ToCompareOptions(support.IsPermitted) is not { } compared)
        {
            Terminal.Error.WriteLine(
                !support.IsPermitted
                    ? $"no system is measured at a cap: {support.Refusal}"
                    : "no system is measured at a cap: only the embedded server is started here");
            return [];
        }
        var (measured, comparison) = await CompareCommand.CompareAsync(compared, settings, cancellation).ConfigureAwait(false);
        SystemsComparisonWriter.Write(Terminal.Out, comparison);
        return [.. measured.Select(entry => entry.Run).OfType<Run>()];
    }

    private static async Task<int> RenderAsync(string notebooks, string output, string runs, Run run, IReadOnlyList<Run> systems,
        CancellationToken cancellation)
    {
        var folder = Directory.CreateDirectory(Path.GetDirectoryName(output)!).FullName;
        var id = run.Manifest.RunId;
        var names = systems.Count > 0 ? string.Join(',', systems.Select(system => system.Manifest.RunId)) : id;
        var pages = new List<(string Notebook, string[] Parameters)>
        {
            ("findings", ["--parameter", $"runName={id}", "--parameter", $"runNames={names}"]),
            ("prefill-vs-generation", ["--run", id]),
            ("kv-cache-and-memory", ["--parameter", $"runName={id}"]),
            ("memory-wall", ["--parameter", $"runNames={names}"]),
            ("telemetry", ["--run", id]),
            ("context-sweep", []),
            ("start-here", []),
        };
        // Two systems can be laid side by side; a study of one target has nothing to compare.
        if (systems.Count > 1)
            pages.Insert(4,
                ("compare", ["--parameter", $"first={systems[0].Manifest.RunId}", "--parameter", $"second={systems[^1].Manifest.RunId}"]));
        var executed = new List<string>();
        foreach (var (name, parameters) in pages)
        {
            executed.Add(Path.Combine(folder, name + ".ipynb"));
            Terminal.Error.WriteLine($"rendering {name}");
            var code = await NotebookRunnerProcess.RunAsync(
                ["run", NotebookFiles.Find(notebooks, name), "--output", executed[^1], .. parameters], cancellation,
                start => start.Environment[RunsDirectory.EnvironmentVariable] = runs).ConfigureAwait(false);
            if (code != ExitCodes.Success)
                return code;
        }
        return await NotebookRunnerProcess.RunAsync(["render", .. executed, "--output", output, "--title", "MemoryWall study"],
            cancellation).ConfigureAwait(false);
    }
}
