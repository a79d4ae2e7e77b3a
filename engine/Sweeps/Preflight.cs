using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Machine;
using MemoryWall.Machine.Ceilings;
using MemoryWall.Models;
using MemoryWall.Models.Forecast;
using MemoryWall.Models.Shapes;
using MemoryWall.Prompts;

namespace MemoryWall.Sweeps;

/// <summary>Checks everything that can be known before the first token, and reports all of it at once.</summary>
internal static class Preflight
{
    // A run is small; a disk this full fails sooner or later in the middle of one.
    private const long MinFreeDiskBytes = 64 * ByteSize.MiB;

    public static async Task<PreflightResult> RunAsync(
        SweepPlan plan, SweepSettings settings, RunClock clock, ServerLogBuffer log, ISweepObserver observer,
        CancellationToken cancellation)
    {
        var machine = MachineReader.Read();
        var findings = new List<PreflightFinding>(PlanCheck.Check(plan));
        var planIsSound = findings.Count == 0;
        findings.AddRange(CheckDisk(settings.RunsDirectory));
        // Before the target starts: what it does would take from the ceilings, and measuring them from it.
        var ceilings = settings.TelemetryInterval is null || findings.Any(found => found.StopsTheRun)
            ? null
            : await Task.Run(() => CeilingBenchmark.Measure(machine, cancellation), cancellation).ConfigureAwait(false);
        var connection = await TargetConnector.ConnectAsync(plan, settings, clock, log, observer, cancellation).ConfigureAwait(false);
        if (connection.Finding is { } finding)
            findings.Add(finding);
        TargetFacts? target = null;
        PromptFactory? prompts = null;
        if (connection.Session is { } session)
        {
            try
            {
                (target,
                    prompts) = await ProbeTargetAsync(plan, planIsSound, session, machine, findings, cancellation).ConfigureAwait(false);
            }
            catch
            {
                await session.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
        return new PreflightResult
        {
            Findings = findings,
            Machine = machine,
            Plan = plan.Method == SweepMethod.Auto && target is { CanMeasureIncrementalDepth: false }
                ? plan with { Method = SweepMethod.Cold }
                : plan,
            Ceilings = ceilings,
            Session = connection.Session,
            Target = target,
            Prompts = prompts,
            IsBlocked = target is null || prompts is null
                || findings.Any(found => found.StopsTheRun && !(found.CanBeForced && settings.Force)),
        };
    }

    private static async Task<(TargetFacts?, PromptFactory?)> ProbeTargetAsync(
        SweepPlan plan, bool planIsSound, ITargetSession session, MachineFacts machine, List<PreflightFinding> findings,
        CancellationToken cancellation)
    {
        var probe = await session.Target.ProbeAsync(cancellation).ConfigureAwait(false);
        if (probe.Problem is { } problem)
            findings.Add(PreflightFinding.Error("target", $"{problem.Kind.Replace('_', ' ')}: {problem.Detail}"));
        if (probe.Facts is not { } told || probe.Problem is not null)
            return (probe.Facts, null);
        // A server tells the shape without its tensors; the file has their sizes.
        var facts = told with { Shape = ReadModelShape(session.ModelPath) ?? told.Shape };
        findings.AddRange(CheckContexts(plan, facts));
        findings.AddRange(CheckOptions(plan.Options, facts));
        findings.AddRange(CheckMethod(plan, facts));
        // A plan with an unknown setting has no forecast.
        if (planIsSound && session.IsLocalChild && facts.Shape is { } shape)
            findings.AddRange(CheckMemory(plan, shape, machine));
        var prompts = await CreatePromptsAsync(plan, session, facts, findings, cancellation).ConfigureAwait(false);
        return (facts with { AddedTokens = prompts?.AddedTokens ?? facts.AddedTokens }, prompts);
    }

    private static ModelShape? ReadModelShape(string? modelPath)
    {
        try
        {
            return modelPath is null ? null : ModelShapeReader.Read(ModelMetadata.FromFile(modelPath));
        }
        catch (Exception error) when (error is ModelFormatException or IOException or UnauthorizedAccessException)
        {
            // The target has it open and serves it; what cannot be read here is left to what it told.
            return null;
        }
    }

    private static IEnumerable<PreflightFinding> CheckDisk(string directory)
    {
        string? problem = null;
        long free = 0;
        try
        {
            Directory.CreateDirectory(directory);
            free = new DriveInfo(Path.GetFullPath(directory)).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            problem = error.Message;
        }
        if (problem is not null)
            yield return PreflightFinding.Error("runs folder", $"'{directory}' cannot be used: {problem}");
        else if (free < MinFreeDiskBytes)
            yield return PreflightFinding.Error("disk",
                $"{new ByteSize(free)} free at '{directory}'; {new ByteSize(MinFreeDiskBytes)} or more");
    }

    private static IEnumerable<PreflightFinding> CheckContexts(SweepPlan plan, TargetFacts facts)
    {
        if (facts.MaxContextTokens is not { } most)
            yield break;
        foreach (var context in plan.Contexts.Where(context => ComputeWindowTokens(plan, context.Value) > most))
            yield return PreflightFinding.Error("contexts", FormattableString.Invariant(
                $"{context.Value} tokens + {plan.OutputTokens} of output + {plan.WindowMarginTokens} of margin are more than the {most} that '{facts.Model}' takes; the largest context that fits is {most - plan.OutputTokens - plan.WindowMarginTokens}"));
    }

    private static IEnumerable<PreflightFinding> CheckMethod(SweepPlan plan, TargetFacts facts)
    {
        if (plan.Method == SweepMethod.Resume && !(facts.CanResume && (facts.Kind != "embedded" || plan.Options.Tier is not null)))
            yield return PreflightFinding.Error("method",
                $"resume needs a target that saves KV caches to storage: the embedded server with --tier FOLDER, or a llama-server started with --slot-save-path DIR; this one, of kind {facts.Kind}, does not");
        else if (plan.Method == SweepMethod.SyntheticDepth && !facts.CanSkipPrefill)
            yield return PreflightFinding.Error("method",
                $"sampled needs a target that can take depth without computing it; this one, of kind {facts.Kind}, cannot");
        else if (plan.Method is SweepMethod.IncrementalDepth or SweepMethod.SyntheticDepth && plan.Wall is null
            && !facts.CanMeasureIncrementalDepth)
            yield return PreflightFinding.Error("method",
                $"{plan.Method.Label()} needs a target that can grow one prompt through many contexts and prove it (for the embedded one: a model without recurrent layers or sliding windows); this one, of kind {facts.Kind}, cannot; use cold, or auto, which falls back to it");
        else if (plan.Method == SweepMethod.Auto && !facts.CanMeasureIncrementalDepth)
            yield return PreflightFinding.Note("method",
                $"auto: cold trials at every context, since this target, of kind {facts.Kind}, cannot grow one prompt through many contexts and prove it");
    }

    // A setting that the target cannot be told would be written into the run as if it had held.
    private static IEnumerable<PreflightFinding> CheckOptions(TargetOptions options, TargetFacts facts)
    {
        (string Name, bool IsSet, string[] Kinds)[] settings =
        [
            ("tier", options.Tier is not null, ["embedded"]),
            ("KV type", options.KvType is not null, ["embedded"]),
            ("flash attention", options.FlashAttention is not null, ["embedded"]),
            ("load mode", options.LoadMode is not null, ["embedded"]),
            ("prefill threads", options.PrefillThreads is not null, ["embedded"]),
            ("threads", options.Threads is not null, ["embedded", "ollama"]),
            ("batch tokens", options.BatchTokens is not null, ["embedded", "ollama"]),
            ("GPU layers", options.GpuLayers is not null, ["embedded", "ollama"]),
        ];
        return TierCheck.Check(options.Tier, facts).Concat(settings
            .Where(setting => setting.IsSet && !setting.Kinds.Contains(facts.Kind))
            .Select(setting => PreflightFinding.Error(setting.Name,
                $"a target of kind {facts.Kind} cannot be told; set it where that server is started and leave it out here")));
    }

    private static IEnumerable<PreflightFinding> CheckMemory(SweepPlan plan, ModelShape shape, MachineFacts machine)
    {
        // The storage tier plans with what there is.
        if (plan.Options.Tier is not null)
            yield break;
        var budget = new[] { machine.MemoryAvailableBytes, machine.MemoryLimitBytes }.Min();
        var settings = ForecastSettings.ForEmbedded(plan.Options, shape);
        if (budget is not { } available || plan.Contexts.Count == 0 || MemoryForecast.FindProblems(shape, settings).Count > 0)
            yield break;
        var largest = plan.Contexts.Max(context => context.Value);
        // A cap keeps the server from taking more, whatever it asks for.
        if (MemoryForecast.Compute(shape, settings, ComputeWindowTokens(plan, largest)).TotalBytes is { } needed
            && Math.Min(needed, plan.Cap?.Bytes ?? long.MaxValue) is var total && total > available)
            yield return PreflightFinding.Risk("memory", FormattableString.Invariant(
                $"{largest} tokens are forecast to take {new ByteSize(total)}; {new ByteSize(available)} are available"));
    }

    private static async Task<PromptFactory?> CreatePromptsAsync(
        SweepPlan plan, ITargetSession session, TargetFacts facts, List<PreflightFinding> findings, CancellationToken cancellation)
    {
        if (plan.Contexts.Count == 0 || ReadDocument(plan, findings) is not { } document)
            return null;
        var vocabulary = await session.Target.GetVocabularyAsync(cancellation).ConfigureAwait(false);
        var settings = new PromptSettings
        {
            Kind = plan.PromptKind,
            Seed = plan.Seed,
            DocumentText = document.Text,
            // Some targets count by computing the whole prompt; where the vocabulary is known they are not asked for each one.
            ConfirmEach = vocabulary is null,
            CountRunsPrefill = () => session.Target.CountRunsPrefill,
        };
        // Ids of the target's own vocabulary need no asking.
        var isExact = facts.TakesTokenIds && vocabulary is not null;
        var prompts = await PromptFactory.CreateAsync(vocabulary, isExact ? null : session.Target.CountTokensAsync, settings, cancellation)
            .ConfigureAwait(false);
        if (prompts.Problem is { } problem)
        {
            findings.Add(PreflightFinding.Error("prompts", problem));
            return null;
        }
        foreach (var context in plan.Contexts.Where(context => context.Value < prompts.MinimumTokens))
            findings.Add(
                PreflightFinding.Error("contexts",
                    FormattableString.Invariant(
                        $"{context.Value} tokens are too few for a prompt that no cache can know; {prompts.MinimumTokens} or more")));
        return prompts;
    }

    // The text of a document; none for prompts of words; nothing where the file cannot be read.
    private static DocumentContent? ReadDocument(SweepPlan plan, List<PreflightFinding> findings)
    {
        if (plan.PromptKind != PromptKind.Document)
            return new DocumentContent(null);
        try
        {
            return new DocumentContent(File.ReadAllText(plan.DocumentPath!));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            findings.Add(PreflightFinding.Error("document", $"'{plan.DocumentPath}' cannot be read: {error.Message}"));
            return null;
        }
    }

    private static int ComputeWindowTokens(SweepPlan plan, int context) => context + plan.OutputTokens + plan.WindowMarginTokens;

    private sealed record DocumentContent(string? Text);
}
