using MemoryWall.Analysis;
using MemoryWall.Analysis.Machines;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Engine.Tests.Runs;

namespace MemoryWall.Engine.Tests.Analysis.Machines;

/// <summary>Runs of machines with values that are known.</summary>
internal static class MachineSamples
{
    public static LevelKey Level { get; } = new(SweepMethod.Cold, TrialFlags.None, Concurrency: 1, OutputTokensAsked: 32);

    /// <summary>A run of a machine of its own.</summary>
    /// <param name="name">Its label, and the name of its processor.</param>
    /// <param name="trials">Its trials.</param>
    /// <param name="change">What differs in its manifest.</param>
    public static MachineRun Run(string name, IEnumerable<MachineTrial> trials, Func<RunManifest, RunManifest>? change = null)
    {
        var manifest = StoreSamples.Manifest(name) with { Label = name };
        manifest = manifest with { Machine = manifest.Machine with { CpuModel = name } };
        return new MachineRun(change?.Invoke(manifest) ?? manifest, [.. trials], new MachineWall(null, null, null))
        {
            HasTelemetry = true,
        };
    }

    /// <summary>Trials of one context with these generation rates.</summary>
    public static IEnumerable<MachineTrial> Trials(params double[] rates) => TrialsAt(4096, rates);

    /// <summary>Trials of a context with these generation rates, and a TTFT that falls as they rise.</summary>
    public static IEnumerable<MachineTrial> TrialsAt(int contextTokens, params double[] rates) => rates.Select(rate => new MachineTrial
    {
        Level = Level,
        ContextTokens = contextTokens,
        Outcome = "completed",
        GenerationTps = rate,
        TtftSeconds = 100 / rate,
    });

    /// <summary>A trial that ran out of memory.</summary>
    public static MachineTrial Failed(int contextTokens) => new()
    {
        Level = Level,
        ContextTokens = contextTokens,
        Outcome = "out_of_memory",
    };

    /// <summary>The report of machines without costs.</summary>
    public static MachinesReport Report(params MachineRun[] runs) => Report("", runs);

    /// <summary>The report of machines with costs.</summary>
    public static MachinesReport Report(string costs, params MachineRun[] runs)
    {
        var selection = MachineSelection.Choose(runs, model: null);
        return MachinesReport.Create(selection, MachineCost.ParseList(costs, [.. selection.Machines.Select(machine =>
            machine[0].Manifest.Label!)]), contextTokens: null);
    }
}
