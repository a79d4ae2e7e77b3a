using System.ComponentModel;
using MemoryWall.Analysis.Reports;
using MemoryWall.Cli.Execution;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.NotebookLauncher;
using MemoryWall.Cli.Options;
using MemoryWall.Cli.Views;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Machine;
using MemoryWall.Runs;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Plans;
using MemoryWall.Sweeps.Setup;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall study</c>.</summary>
internal sealed class StudyOptions : MeasureOptions
{
    // Fits into small machines, and is well above what the server itself needs.
    private const long DefaultCapBytes = 400 * ByteSize.MiB;

    [CommandOption("--quick")]
    [Description("Smaller contexts: a few minutes on two cores")]
    public bool Quick { get; init; }

    [CommandOption("-o|--output <FILE>")]
    [Description("The HTML file to write (default: reports/<run>/index.html of the checkout)")]
    public string? Output { get; init; }

    /// <summary>The sweep without a cap.</summary>
    public SweepPlan ToSweepPlan() => new()
    {
        Target = Target,
        Contexts = ContextList.Parse(Quick ? "512,2k,8k" : "2k,8k,32k"),
        OutputTokens = 32,
        Repetitions = Quick ? 1 : 5,
        Limits = ToLimits(new PhaseLimits()),
        Options = ToTargetOptions() with { Tier = null },
    };

    /// <summary>The options of the comparison at a cap; null for an external server, or where the machine permits no cap.</summary>
    public CompareOptions? ToCompareOptions(bool capsArePermitted) =>
        !capsArePermitted || !PrefillMode.IsEmbedded(Target) ? null : new CompareOptions
        {
            Target = Target == TargetKind.Embedded ? TargetKind.Embedded + ":small" : Target,
            Contexts = Quick ? "4k,8k,16k" : "2k,4k,8k,12k,16k,24k",
            Cap = Cap ?? new ByteSize(DefaultCapBytes).Bytes.ToString(System.Globalization.CultureInfo.InvariantCulture),
            WithSwapFile = WithSwapFile,
            // Without swap space the two standard systems are the same.
            Systems = WithSwapFile is null ? ["standard-no-swap", "managed"] : ["standard", "standard-no-swap", "managed"],
            Repetitions = Quick ? 1 : 5,
            Tier = Tier,
            TierStorage = TierStorage,
            TierBandwidth = TierBandwidth,
            TierLatency = TierLatency,
            Threads = Threads,
            Runs = Runs,
            TelemetryHz = TelemetryHz,
        };
}

/// <summary><c>memwall study</c>: a sweep, a comparison of systems at a cap where the machine permits one, and one HTML file about
/// both.</summary>
internal sealed class StudyCommand : AsyncCommand<StudyOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, StudyOptions options, CancellationToken cancellationToken)
    {
        // Checked first, since a study may take an hour.
        _ = NotebookRunnerProcess.ProgramPath();
        var checkout = NotebookFiles.FindCheckout();
        var settings = options.ToSettings();
        var sweep = await SweepRunner.RunAsync(options.ToSweepPlan(), settings, cancellationToken).ConfigureAwait(false);
        if (sweep.Run is not { } run || sweep.Result.Ending is SweepEnding.Cancelled or SweepEnding.StoreFailed)
            return MeasuredRun.GetExitCode([sweep]);
        RunReportWriter.Write(Terminal.Out, RunReport.Create(run));

        var systems = await MeasureSystemsAsync(options, settings, cancellationToken).ConfigureAwait(false);
        if (cancellationToken.IsCancellationRequested)
            return ExitCodes.Cancelled;
        var output = Path.GetFullPath(options.Output ?? Path.Combine(checkout, "reports", run.Manifest.RunId, "index.html"));
        var code = await RenderAsync(Path.Combine(checkout, "notebooks"), output, settings.RunsDirectory, run, systems, cancellationToken)
            .ConfigureAwait(false);
        if (code == ExitCodes.Success)
            Terminal.Out.WriteLine($"report: {output}");
        return code;
    }

    private static async Task<IReadOnlyList<Run>> MeasureSystemsAsync(StudyOptions options, SweepSettings settings,
        CancellationToken cancellation)
    {
        var support = await MemoryCapFactory.ProbeAsync().ConfigureAwait(false);
        if (options.ToCompareOptions(support.IsPermitted) is not { } compared)
        {
            var reason = support.IsPermitted ? "only the embedded server can be capped" : support.Refusal;
            Terminal.Error.WriteLine($"Systems are not compared at a memory cap: {reason}");
            return [];
        }
        var (measured, comparison) = await SystemsRunner.RunAsync(compared.ToSystemPlans(), compared.WithSwapFile,
            settings with { Comparison = SystemsSweeper.NewComparison(compared.ToSharedPlan()) }, cancellation).ConfigureAwait(false);
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
        // A study of one target has nothing to compare.
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
