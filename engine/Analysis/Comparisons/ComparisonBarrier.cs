namespace MemoryWall.Analysis.Comparisons;

/// <summary>Why two runs are not compared: a ratio of their rates would not be about the systems.</summary>
internal enum ComparisonBarrier
{
    /// <summary>They ran different models.</summary>
    Model,

    /// <summary>One speculated, and the other did not.</summary>
    Speculation,

    /// <summary>They reached their contexts by different methods.</summary>
    Method,
}
