namespace MemoryWall.Experiments.Slurm;

/// <summary>A command of Slurm is missing, failed or did not answer.</summary>
internal sealed class SlurmException : Exception
{
    /// <param name="message">What is wrong and, if known, what would be right.</param>
    /// <param name="inner">The cause; null where there is none.</param>
    public SlurmException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
