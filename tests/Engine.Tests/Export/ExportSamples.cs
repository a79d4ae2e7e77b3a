using MemoryWall.Core;
using MemoryWall.Export;
using MemoryWall.Runs;

namespace MemoryWall.Engine.Tests.Export;

/// <summary>Sample runs, also with hostile names, and what is exported of them.</summary>
internal static class ExportSamples
{
    public const string Hostile = "=cmd|' /C calc'!A0 <script>alert(1)</script> & \u0007\uD800 ]]> é😀";

    public static TheoryData<string> Names => ["context-sweep", "kv-f16", "wall-standard", "wall-managed",
        "kv-f16,kv-q8_0", "wall-standard,wall-no-swap,wall-kv-q8_0,wall-managed"];

    public static IReadOnlyList<Run> Read(string names)
    {
        Assert.SkipWhen(Repository.Root is null, "the tests run outside the repository");
        return [.. names.Split(',').Select(name => new RunStore(Path.Combine(Repository.Root, "data", "samples", name)))
            .Select(store => store.Read(store.List().Single().Id))];
    }

    /// <summary>The runs with hostile text wherever a server or a user can put it.</summary>
    public static IReadOnlyList<Run> MakeHostile(IReadOnlyList<Run> runs) => [.. runs.Select(run => run with
    {
        Manifest = run.Manifest with
        {
            Label = Hostile,
            Note = Hostile,
            Target = run.Manifest.Target with { Model = Hostile, ServerVersion = Hostile },
            Machine = run.Manifest.Machine with { CpuModel = Hostile },
            Plan = run.Manifest.Plan with { System = run.Manifest.Plan.System is { } system ? system + Hostile : null },
        },
        Trials = [.. run.Trials.Select(trial => trial with { Nonce = Hostile, StopReason = Hostile })],
    })];

    /// <summary>Exports into a new file of a folder.</summary>
    public static async Task<string> ExportAsync(IReadOnlyList<Run> runs, ExportFormat format, string folder)
    {
        var path = Path.Combine(folder, "export." + format);
        await Exporter.WriteAsync(runs, format, path, overwrite: false, TestContext.Current.CancellationToken);
        return path;
    }
}
