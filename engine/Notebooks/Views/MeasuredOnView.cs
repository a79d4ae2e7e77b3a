using System.Globalization;
using MemoryWall.Charts;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;

namespace MemoryWall.Notebooks.Views;

/// <summary>Model, server, limits and machine behind a page of findings.</summary>
internal static class MeasuredOnView
{
    public static View Create(MeasuredOn measured)
    {
        var view = new View().AddHeading("The sweep")
            .AddTable(
                CreateTable(
                    [.. DescribeModel(measured.Run), ("prompts", DescribePrompts(measured.Run)), ("run", DescribeRun(measured.Run))]));
        if (measured.Systems.Any(system => system.Manifest.RunId != measured.Run.Manifest.RunId))
            view.AddHeading("The systems")
                .AddTable(
                    CreateTable(
                        [.. DescribeModel(measured.Systems[0]), ("prompts", DescribePrompts(measured.Systems[0])),
                            .. measured.Systems.Select((system, index) => (GetSystemName(system, index), DescribeLimits(system)))]));
        return view.AddHeading("The machine").AddTable(MachineView.CreateTable(measured.Run.Manifest.Machine));
    }

    private static TextTable CreateTable(IReadOnlyList<(string Name, string Value)> rows) =>
        new([new("what", IsNumber: false), new("here", IsNumber: false)],
            [.. rows.Select(row => (IReadOnlyList<string>)[row.Name, row.Value])]);

    private static IEnumerable<(string, string)> DescribeModel(Run run)
    {
        var (target, shape) = (run.Manifest.Target, run.Manifest.Target.Shape);
        string?[] model =
        [
            target.Model,
            shape?.ParameterCount is { } count
                ? string.Create(CultureInfo.InvariantCulture, $"{count / 1e6:#,0.#} million parameters")
                : null,
            shape?.WeightBytes is { } weights ? $"{NumberFormat.Bytes(weights)} of weights" : null,
            $"keys and values in {run.Manifest.Plan.Options.KvType ?? "f16"}",
        ];
        yield return ("model", string.Join(", ", model.OfType<string>()));
        yield return ("server", target.ServerVersion is { } version ? $"{target.Kind}, {version}" : target.Kind);
    }

    private static string DescribePrompts(Run run)
    {
        var plan = run.Manifest.Plan;
        var how = plan.Method == SweepMethod.SyntheticDepth
            ? "; depth sampled: the KV cache was filled without computing the prompt, the answers are real"
            : plan.Method == SweepMethod.Cold ? "" : $"; {plan.Method.Label()}";
        return $"{string.Join(", ", plan.Contexts)} tokens, answers of {plan.OutputTokens}, {(plan.Repetitions == 1 ? "once each" : $"{plan.Repetitions} times each")}{how}";
    }

    private static string DescribeLimits(Run run)
    {
        var (cap, tier) = (run.Manifest.Plan.Cap, run.Manifest.Plan.Options.Tier);
        string?[] parts =
        [
            cap is null ? "no limit" : $"at most {new ByteSize(cap.Bytes)} of RAM",
            cap switch { null => null, { SwapBytes: 0 } => "no swap", { SwapBytes: null } => "swap as the machine has it",
                { SwapBytes: { } swap } => $"{new ByteSize(swap)} of swap" },
            run.Manifest.Plan.Options.KvType is { } type ? $"keys and values in {type}" : null,
            tier is null
                ? null
                : $"storage tier{(run.Trials.Any(trial => trial.Tier?.IsEmulated == true) ? ", storage slowed down to stand for another device" : "")}",
            DescribeRun(run),
        ];
        return string.Join(", ", parts.OfType<string>());
    }

    private static string GetSystemName(Run run, int index) =>
        run.Manifest.Plan.System ?? string.Create(CultureInfo.InvariantCulture, $"system {index + 1}");

    private static string DescribeRun(Run run) =>
        $"run {run.Manifest.RunId} of {run.Manifest.StartedUtc.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)}";
}
