namespace MemoryWall.Analysis.Rules;

/// <summary>When a ratio of two measured quantities counts as a difference. One rule for systems, runs, contexts and methods.</summary>
internal sealed record ComparisonRules
{
    /// <summary>
    /// The confidence that none of the ratios of one comparison is called a difference by chance, 0 to 1. Each ratio gets its share
    /// (Bonferroni), because a report with twelve ratios at 95% each shows a false difference in almost every second run.
    /// </summary>
    public double ConfidenceLevel { get; init; } = 0.95;

    /// <summary>
    /// Pairs of repetitions below which a difference is never called. Default 5: with five the simulation of this rule
    /// (<c>Benchmarks findings</c>) finds a factor of 1.5 in more than 90% of runs, and a machine that is in one of two states by chance
    /// shows the same order in all pairs far more seldom than with three.
    /// </summary>
    public int MinPairs { get; init; } = 5;

    /// <summary>
    /// Repetitions below which a change over contexts is never called, where the order of all contexts supports it. Default 3: from three
    /// on, three contexts in the same order in every repetition are a chance of 1 in 108, and the simulation (<c>Benchmarks findings</c>)
    /// has fewer false changes than <see cref="ConfidenceLevel"/> allows. Fewer than <see cref="MinPairs"/> are enough only here, since
    /// a machine in one of two states makes two values differ, but does not put three or more contexts in order again and again.
    /// </summary>
    public int MinTrendRepetitions { get; init; } = 3;

    /// <summary>
    /// By how much two starts of the same server differ without any cause, as a relative difference of rates, 0 or more. Repetitions of one
    /// start do not show it, so an interval over repetitions can exclude 1 for two equal systems. Default 0.05, an assumption that
    /// comparisons of a server with itself have to hold up.
    /// </summary>
    public double StartSpread { get; init; } = 0.05;

    /// <summary>
    /// The factor that the state of the machine alone can make, 1 or more: applied where the two sides did not take turns in time, and
    /// where most of the pairs had interference. Neighbours on a shared machine slowed whole runs by 1.5 to 2 times, and the difference
    /// between two such runs looks like a difference between systems.
    /// </summary>
    public double MachineStateFactor { get; init; } = 2;

    /// <summary>
    /// The share of the smaller side's repetitions that must have a neighbour in time on the other side for the two to have taken turns, 0
    /// to 1. A trial that failed or is excluded leaves its partner alone, and one in five may.
    /// </summary>
    public double MinPairedShare { get; init; } = 0.8;

    /// <summary>
    /// The probability at which a system that does not find what another one finds is called wrong, 0 to 1. Default 0.05: five of five
    /// hidden numbers that are lost are a chance of 1 in 32 for two systems that lose numbers equally often, four of four 1 in 16.
    /// </summary>
    public double MaxLossChance { get; init; } = 0.05;

    /// <summary>
    /// By how much the sizes of RAM that two runs report differ without any cause, as a share of the larger one. Default 0.01: the kernel
    /// keeps some of the RAM for itself, and how much changes by a few MiB from boot to boot, while another size of RAM differs by an
    /// eighth or more.
    /// </summary>
    public double MaxMemoryDrift { get; init; } = 0.01;

    /// <summary>
    /// The probability that a series of runs without a change gets one, 0 to 1. Default 0.01: one steady series in a hundred, which the
    /// simulation of its test holds. With five runs a side, a change that separates them completely has a chance of 0.008 to 0.01.
    /// </summary>
    public double ChangeSignificance { get; init; } = 0.01;

    /// <summary>
    /// The change between runs, as a relative difference, below which one is not called. Default 0.02: clocks and schedulers differ by as
    /// much from day to day. <see cref="StartSpread"/> and <see cref="MachineStateFactor"/> do not apply: each run is a start of its own at
    /// a time of its own, so what they stand for is in the scatter of the runs.
    /// </summary>
    public double MinRunChange { get; init; } = 0.02;
}
