namespace MemoryWall.Analysis.Comparisons;

/// <summary>The observations of both sides of a ratio.</summary>
internal sealed record RatioSample
{
    private RatioSample(IReadOnlyList<Observation> first, IReadOnlyList<Observation> second, bool isInterleaved) =>
        (First, Second, IsInterleaved) = (first, second, isInterleaved);

    /// <summary>The side that is divided by. Where <see cref="IsInterleaved"/>, in pairs with <see cref="Second"/> by position.</summary>
    public IReadOnlyList<Observation> First { get; }

    /// <summary>The side that is divided.</summary>
    public IReadOnlyList<Observation> Second { get; }

    /// <summary>Whether the two sides took turns in time, so that the machine's state affects both values of a pair alike.</summary>
    public bool IsInterleaved { get; }

    /// <summary>Pairs, or the values of the smaller side.</summary>
    public int Pairs => Math.Min(First.Count, Second.Count);

    /// <summary>Observations that were made in pairs.</summary>
    public static RatioSample FromPairs(IEnumerable<(Observation First, Observation Second)> pairs)
    {
        var all = pairs.ToList();
        return new RatioSample([.. all.Select(pair => pair.First)], [.. all.Select(pair => pair.Second)], isInterleaved: true);
    }

    /// <summary>
    /// Pairs neighbours in time. An observation between two of its own side has no partner and is not used; where too many have none, the
    /// sides did not take turns, and all observations remain unpaired.
    /// </summary>
    /// <param name="first">One side, one observation or more.</param>
    /// <param name="second">The other side, one observation or more.</param>
    /// <param name="minPairedShare">The share of the smaller side that must have a partner.</param>
    public static RatioSample FromTimes(IReadOnlyList<Observation> first, IReadOnlyList<Observation> second, double minPairedShare)
    {
        var unpaired = new RatioSample(first, second, isInterleaved: false);
        // A single pair shows no turns.
        if (unpaired.Pairs < 2 || first.Concat(second).Any(value => value.At is null))
            return unpaired;
        var turns = first.Select(value => (IsFirst: true, Value: value)).Concat(second.Select(value => (IsFirst: false, Value: value)))
            .OrderBy(turn => turn.Value.At).ToList();
        var pairs = new List<(Observation, Observation)>();
        for (var i = 0; i + 1 < turns.Count; i++)
        {
            if (turns[i].IsFirst == turns[i + 1].IsFirst)
                continue;
            pairs.Add(turns[i].IsFirst ? (turns[i].Value, turns[i + 1].Value) : (turns[i + 1].Value, turns[i].Value));
            i++;
        }
        return pairs.Count >= 2 && pairs.Count >= minPairedShare * unpaired.Pairs ? FromPairs(pairs) : unpaired;
    }

    /// <summary>
    /// One observation a repetition over several contexts: the geometric mean, for the ratio of all contexts together. Contexts are no
    /// repetitions, since what differs between two starts of a server is the same at all of them.
    /// </summary>
    /// <param name="contexts">The samples of the contexts, one or more.</param>
    public static RatioSample Combine(IReadOnlyList<RatioSample> contexts)
    {
        var isInterleaved = contexts.All(sample => sample.IsInterleaved);
        return new RatioSample(Mean(contexts, sample => sample.First), Mean(contexts, sample => sample.Second), isInterleaved);
    }

    private static Observation[] Mean(IReadOnlyList<RatioSample> contexts, Func<RatioSample, IReadOnlyList<Observation>> side) =>
        [.. Enumerable.Range(0, contexts.Min(sample => side(sample).Count)).Select(i => new Observation(
            Math.Exp(contexts.Average(sample => Math.Log(side(sample)[i].Value))),
            2 * contexts.Count(sample => side(sample)[i].HasInterference) > contexts.Count))];
}
