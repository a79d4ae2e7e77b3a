using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Rules;

namespace MemoryWall.Analysis.Machines;

/// <summary>Another machine, compared with the one that has the best median.</summary>
/// <param name="Machine">Its index.</param>
/// <param name="Finding">How many times better the best one is, and whether that is a difference.</param>
internal sealed record MachineRatio(int Machine, RatioFinding Finding);

/// <summary>Which machine is best in one quantity.</summary>
/// <param name="Quantity">The quantity.</param>
/// <param name="Best">The index of the machine with the best median.</param>
/// <param name="Others">The others that have the quantity, in the order of the machines.</param>
internal sealed record MachineChoice(MachineQuantity Quantity, int Best, IReadOnlyList<MachineRatio> Others);

/// <summary>Machines × contexts, and which machine is best at one context.</summary>
internal sealed record MachinesReport
{
    /// <summary>Which runs are compared.</summary>
    public required MachineSelection Selection { get; init; }

    /// <summary>The machines, one or more.</summary>
    public required IReadOnlyList<MeasuredMachine> Machines { get; init; }

    /// <summary>The context at which they are compared.</summary>
    public required int DecisionTokens { get; init; }

    /// <summary>One entry for each quantity that is known of a machine at that context.</summary>
    public required IReadOnlyList<MachineChoice> Choices { get; init; }

    /// <summary>The confidence with which none of the ratios is called a difference by chance.</summary>
    public required double ConfidenceLevel { get; init; }

    /// <summary>All contexts, the smallest first.</summary>
    public IReadOnlyList<int> Contexts => ContextsOf(Machines);

    /// <summary>The machines that cannot be distinguished from another one by their hardware, system and last boot: settings of one
    /// machine.</summary>
    public IReadOnlyList<int> OnOneMachine => [.. Enumerable.Range(0, Machines.Count).Where(i => Machines.Where((_, other) => other != i)
        .Any(other => RunDifferences.AreOnOneMachine(Machines[i].Manifest, other.Manifest)))];

    /// <summary>Compares machines.</summary>
    /// <param name="selection">Their runs.</param>
    /// <param name="costs">What the reader says of each.</param>
    /// <param name="contextTokens">The context at which they are compared; null for the largest that two machines or more have
    /// completed.</param>
    /// <param name="rules">The thresholds; null for the defaults.</param>
    public static MachinesReport Create(MachineSelection selection, IReadOnlyList<MachineCost> costs, int? contextTokens,
        ReviewRules? rules = null)
    {
        var known = rules ?? ReviewRules.Default;
        MeasuredMachine[] machines = [.. selection.Machines.Zip(costs,
            (runs, cost) => MeasuredMachine.Create(runs, selection.Level, cost, known.Spread))];
        var decision = contextTokens ?? FindDecision(machines);
        return new MachinesReport
        {
            Selection = selection,
            Machines = machines,
            DecisionTokens = decision,
            Choices = Choose(machines, decision, known.Comparison),
            ConfidenceLevel = known.Comparison.ConfidenceLevel,
        };
    }

    private static IReadOnlyList<int> ContextsOf(IEnumerable<MeasuredMachine> machines) =>
        [.. machines.SelectMany(machine => machine.Contexts).Select(context => context.ContextTokens).Distinct().Order()];

    private static int FindDecision(MeasuredMachine[] machines)
    {
        var contexts = ContextsOf(machines);
        int Count(int tokens) => machines.Count(machine => machine.Find(tokens) is { Completed: > 0 });
        return contexts.LastOrDefault(tokens => Count(tokens) > 1) is > 0 and var several ? several
            : contexts.LastOrDefault(tokens => Count(tokens) > 0) is > 0 and var one ? one : contexts[^1];
    }

    private static IReadOnlyList<MachineChoice> Choose(MeasuredMachine[] machines, int decision, ComparisonRules rules)
    {
        var candidates = MachineQuantities.All.Select(quantity => (Quantity: quantity, Machines: Enumerable.Range(0, machines.Length)
            .Where(i => machines[i].Find(decision, quantity) is not null).ToList())).Where(entry => entry.Machines.Count > 0).ToList();
        int CountPairs(MachineQuantity quantity, List<int> having)
        {
            var enough = having.Count(i => machines[i].Find(decision, quantity)!.Observations.Count >= rules.MinPairs);
            return enough * (enough - 1) / 2;
        }
        // The best one is chosen by the values themselves, so every pair counts, and not only those with the best one.
        var pairs = candidates.Sum(entry => CountPairs(entry.Quantity, entry.Machines));
        var rule = new DifferenceRule(rules, pairs);
        return [.. candidates.Select(entry => Choose(machines, decision, entry.Quantity, entry.Machines, rule, rules))];
    }

    private static MachineChoice Choose(MeasuredMachine[] machines, int decision, MachineQuantity quantity, List<int> candidates,
        DifferenceRule rule, ComparisonRules rules)
    {
        double MedianOf(int machine) => machines[machine].Find(decision, quantity)!.Estimate.Value;
        var best = quantity.IsLowerBetter() ? candidates.MinBy(MedianOf) : candidates.MaxBy(MedianOf);
        return new MachineChoice(quantity, best, [.. candidates.Where(machine => machine != best).Select(machine =>
            new MachineRatio(machine, rule.Judge(CreateSample(machines[best], machines[machine], decision, quantity, rules))))]);
    }

    // How many times better the best one is: its value ÷ the other's where more is better, else the other's ÷ its own.
    private static RatioSample CreateSample(MeasuredMachine best, MeasuredMachine other, int decision, MachineQuantity quantity,
        ComparisonRules rules)
    {
        var isOneMachine = RunDifferences.AreOnOneMachine(best.Manifest, other.Manifest);
        IReadOnlyList<Observation> Observe(MeasuredMachine machine) => [.. machine.Find(decision, quantity)!.Observations
            .Select(observation => isOneMachine ? observation : observation with { At = null })];
        return quantity.IsLowerBetter()
            ? RatioSample.FromTimes(Observe(best), Observe(other), rules.MinPairedShare)
            : RatioSample.FromTimes(Observe(other), Observe(best), rules.MinPairedShare);
    }
}
