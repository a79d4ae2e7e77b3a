using System.Globalization;
using MemoryWall.Engine.Tests.Analysis.Comparisons;
using MemoryWall.Statistics;

namespace MemoryWall.Benchmarks;

/// <summary>
/// False findings and findings of a real effect on a simulated machine, through the same code as real runs: five repetitions of three
/// contexts, or of five for curves and series verdicts, and seven for the crossover. A false finding is any difference, wall, term or
/// disturbance where there is none, and an interval without the crossover. Option: runs of each kind (default 1,000), with the seeds
/// from 1.
/// </summary>
internal static class FindingsBenchmark
{
    public static Task RunAsync(string[] args)
    {
        var runs = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1000;
        Console.WriteLine("| noise | finding | false | 1.5 times found |\n|---|---|---|---|");
        foreach (var kind in Enum.GetValues<NoiseKind>())
        {
            string Share(Func<NoisyMachine, bool>? holds) => holds is null ? "–" : string.Create(CultureInfo.InvariantCulture,
                $"{(double)Enumerable.Range(1, runs).Count(seed => holds(new NoisyMachine(kind, seed))) / runs:0.0%}");
            (string Name, Func<NoisyMachine, bool>? False, Func<NoisyMachine, bool>? Found)[] findings =
            [
                ("comparison, in turn", machine => machine.Compare(1, isInterleaved: true).Any(IsDifference),
                    machine => machine.Compare(1.5, isInterleaved: true).Contains(RatioVerdict.Higher)),
                ("comparison, one after the other", machine => machine.Compare(1, isInterleaved: false).Any(IsDifference),
                    machine => machine.Compare(1.5, isInterleaved: false).Contains(RatioVerdict.Higher)),
                ("change of rates over contexts", machine => machine.ChangeOverContexts(1).Any(IsDifference),
                    machine => machine.ChangeOverContexts(1.5).Contains(RatioVerdict.Higher)),
                ("the same, three repetitions of five",
                    machine => machine.ChangeWithThreeRepetitions(1, isShuffled: true).Any(IsDifference),
                    machine => machine.ChangeWithThreeRepetitions(1.5, isShuffled: true).Contains(RatioVerdict.Higher)),
                ("the same, in rising order", machine => machine.ChangeWithThreeRepetitions(1, isShuffled: false).Any(IsDifference),
                    machine => machine.ChangeWithThreeRepetitions(1.5, isShuffled: false).Contains(RatioVerdict.Higher)),
                ("wall", machine => machine.FindsWall(), null),
                ("fit terms", machine => machine.FitsAFalseTerm(), machine => machine.FitsDepth(1.5)),
                ("crossover", machine => machine.ExcludesCrossover(1), machine => machine.ExcludesCrossover(1.5)),
                // Where the machine drifts or has bursts these verdicts are true; what is found is a first trial that is slower.
                ("series verdicts", kind == NoiseKind.HeavyTailed ? machine => machine.FindsDisturbance() : null,
                    machine => machine.FindsWarmUp(1.5)),
            ];
            foreach (var (name, isFalse, isFound) in findings)
                Console.WriteLine($"| {kind} | {name} | {Share(isFalse)} | {Share(isFound)} |");
        }
        return Task.CompletedTask;
    }

    private static bool IsDifference(RatioVerdict verdict) => verdict is RatioVerdict.Lower or RatioVerdict.Higher;
}
