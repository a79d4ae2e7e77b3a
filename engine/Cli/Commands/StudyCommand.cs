using System.ComponentModel;
using MemoryWall.Analysis.Reports;
using MemoryWall.Cli.Execution;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.NotebookLauncher;
using MemoryWall.Cli.Options;
using MemoryWall.Cli.Pages;
using MemoryWall.Cli.Views;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Machine;
using MemoryWall.Machine.Caps;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Plans;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Targets.Embedded;
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
    [Description("The HTML file to write (default: reports/<run>/index.html of the checkout, else of this folder)")]
    public string? Output { get; init; }

    [CommandOption("--pdf")]
    [Description("Print the page to a PDF file too, with Chromium, Google Chrome or Microsoft Edge")]
    public bool Pdf { get; init; }

    [CommandOption("--customer <NAME>")]
    [Description("For whom the page is made; a name on its first sheet")]
    public string? Customer { get; init; }

    [CommandOption("--logo <FILE>")]
    [Description("A picture for the first sheet")]
    public string? Logo { get; init; }

    /// <summary>The sweep without a cap.</summary>
    public SweepPlan ToSweepPlan() => new()
    {
        Target = Target,
        Contexts = ContextList.Parse(Quick ? "512,2k,8k" : "2k,8k,32k"),
        OutputTokens = 32,
        Repetitions = Quick ? 1 : 5,
        Limits = ToLimits(new PhaseLimits()),
        Options = ToTargetOptions() with { Tier = null },
        TelemetryFrom = ToTelemetryFrom(),
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
            TelemetryFrom = TelemetryFrom,
        };
}

/// <summary><c>memwall study</c>: a sweep, a comparison of systems at a cap where the machine permits one, and one HTML file about
/// both. The file is written whatever happens: it is about what was measured, and says what is missing.</summary>
internal sealed class StudyCommand : AsyncCommand<StudyOptions>
{
    private readonly List<string> _problems = [];

    public override async Task<int> ExecuteAsync(CommandContext context, StudyOptions options, CancellationToken cancellationToken)
    {
        // Checked first, since a study may take an hour.
        _ = NotebookRunnerProcess.ProgramPath();
        var notebook = NotebookFiles.Find(NotebookFiles.FindFolder(), "findings");
        var branding = PageBranding.Read(options.Customer, options.Logo);
        if (options.Output is { } page)
            PageFiles.Check(page, FindingsPage.GetNotebookPath(notebook, page), options.Pdf, force: null);
        var browser = options.Pdf ? PdfPrinter.FindBrowser() : null;
        var settings = options.ToSettings();
        if (FindRefusals(options, settings) is [_, ..] refusals)
        {
            foreach (var refusal in refusals)
                Terminal.Error.WriteLine(refusal);
            return ExitCodes.Preflight;
        }
        if (options.DryRun)
            return ExitCodes.Success;
        var (plan, began) = (options.ToSweepPlan(), TimeProvider.System.GetUtcNow());

        var sweep = await TryMeasureAsync("The sweep",
            async () => [await SweepRunner.RunAsync(plan, settings, cancellationToken).ConfigureAwait(false)]).ConfigureAwait(false);
        if (sweep.Runs is [var measured])
            RunReportWriter.Write(Terminal.Out, RunReport.Create(measured));
        // Without a run the comparison would fail for the same reason.
        var systems = sweep.Runs.Count == 0 || sweep.Code is ExitCodes.Cancelled or ExitCodes.Store
            ? new Attempt([], ExitCodes.Success)
            : await TryMeasureAsync("The comparison of systems", () => MeasureSystemsAsync(options, settings, cancellationToken))
                .ConfigureAwait(false);
        var isStopped = cancellationToken.IsCancellationRequested;
        if (isStopped)
            _problems.Add("The study was stopped before its end.");
        var folder = sweep.Runs is [var run] ? run.Manifest.RunId : $"study-{began:yyyyMMdd-HHmmss}";
        var output = Path.GetFullPath(options.Output ?? Path.Combine(NotebookFiles.ReportsFolder, folder, "index.html"));
        // After a stop the page is about what was measured; a second Ctrl-C ends the program.
        var written = await FindingsPage.WriteAsync(new FindingsPageRequest(notebook, output, settings.RunsDirectory)
        {
            Sweep = sweep.Runs.Count > 0 ? sweep.Runs[0] : null,
            Systems = systems.Runs,
            Sessions = SessionRuns.FindLatest(new RunStore(settings.RunsDirectory)),
            Problems = _problems,
            Branding = branding,
            PdfBrowser = browser,
        }, isStopped ? CancellationToken.None : cancellationToken).ConfigureAwait(false);
        if (File.Exists(output))
            Terminal.Out.WriteLine($"report: {output}");
        return isStopped
            ? ExitCodes.Cancelled
            : new[] { sweep.Code, systems.Code, written }.FirstOrDefault(code => code != ExitCodes.Success);
    }

    // A mistake of the command line is no result: nothing is started, and there is no page about it.
    private static IReadOnlyList<string> FindRefusals(StudyOptions options, SweepSettings settings)
    {
        var systems = options.ToCompareOptions(capsArePermitted: true)?.ToSystemPlans() ?? [];
        return PlanDryRun.Find(systems.Select(system => system.Plan).Prepend(options.ToSweepPlan()), settings);
    }

    // What cannot be measured is a sentence on the page.
    private async Task<Attempt> TryMeasureAsync(string name, Func<Task<IReadOnlyList<MeasuredRun>>> measure)
    {
        try
        {
            var measured = await measure().ConfigureAwait(false);
            foreach (var finding in measured.Where(entry => entry.Run is null).SelectMany(entry => entry.Result.Findings)
                .Where(finding => finding.StopsTheRun))
                _problems.Add($"{name} did not run: {finding.Message.TrimEnd('.')}.");
            return new Attempt([.. measured.Select(entry => entry.Run).OfType<Run>()],
                measured.Count == 0 ? ExitCodes.Success : WithoutFailedTrials(MeasuredRun.GetExitCode(measured)));
        }
        catch (Exception error) when (error is EmbeddedServerException or CapException or StoreException)
        {
            Terminal.Error.WriteLine(error.Message);
            _problems.Add($"{name} failed: {error.Message.TrimEnd('.')}.");
            return new Attempt([], error is StoreException ? ExitCodes.Store : ExitCodes.Preflight);
        }
        catch (OperationCanceledException)
        {
            return new Attempt([], ExitCodes.Cancelled);
        }
    }

    // A study looks for the contexts that fail.
    private static int WithoutFailedTrials(int code) => code == ExitCodes.TrialsFailed ? ExitCodes.Success : code;

    private async Task<IReadOnlyList<MeasuredRun>> MeasureSystemsAsync(StudyOptions options, SweepSettings settings,
        CancellationToken cancellation)
    {
        var support = await MemoryCapFactory.ProbeAsync().ConfigureAwait(false);
        if (options.ToCompareOptions(support.IsPermitted) is not { } compared)
        {
            var reason = support.IsPermitted ? "only the embedded server can be capped" : support.Refusal!.TrimEnd('.');
            Terminal.Error.WriteLine($"Systems are not compared at a memory cap: {reason}");
            _problems.Add($"Systems were not compared at a memory limit: {reason}.");
            return [];
        }
        var (measured, comparison) = await SystemsRunner.RunAsync(compared.ToSystemPlans(), compared.WithSwapFile,
            settings with { Comparison = SystemsSweeper.NewComparison(compared.ToSharedPlan()) }, cancellation).ConfigureAwait(false);
        SystemsComparisonWriter.Write(Terminal.Out, comparison);
        return measured;
    }

    /// <summary>What was measured, and the exit code that says how it ended.</summary>
    private sealed record Attempt(IReadOnlyList<Run> Runs, int Code);
}
