namespace MemoryWall.Experiments.Slurm;

/// <summary>What an experiment asks of Slurm.</summary>
internal interface ISlurm
{
    /// <summary>Submits a script.</summary>
    /// <param name="script">The script's path.</param>
    /// <param name="folder">The working folder of its tasks.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>The job's id.</returns>
    /// <exception cref="SlurmException">Slurm refuses it.</exception>
    Task<string> SubmitAsync(string script, string folder, CancellationToken cancellation);

    /// <summary>The tasks of jobs that Slurm knows, also those that have ended.</summary>
    /// <exception cref="SlurmException">Slurm does not answer.</exception>
    Task<IReadOnlyList<SlurmTask>> ListTasksAsync(IReadOnlyCollection<string> jobs, CancellationToken cancellation);

    /// <summary>Cancels jobs with all their tasks.</summary>
    /// <exception cref="SlurmException">Slurm refuses it.</exception>
    Task CancelAsync(IReadOnlyCollection<string> jobs, CancellationToken cancellation);

    /// <summary>The memory of the largest node, in bytes; null where Slurm does not tell.</summary>
    /// <param name="partition">The partition; null for Slurm's default.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="SlurmException">Slurm does not answer.</exception>
    Task<long?> FindLargestNodeAsync(string? partition, CancellationToken cancellation);
}

/// <summary>A task of a job array, as Slurm tells.</summary>
/// <param name="Name">Job and index: <c>123_4</c>.</param>
/// <param name="State">Slurm's word for its state, in capitals: <c>RUNNING</c>, <c>NODE_FAIL</c>.</param>
/// <param name="Node">Its node; null for none.</param>
/// <param name="Reason">Slurm's reason for the state; null for none.</param>
internal sealed record SlurmTask(string Name, string State, string? Node = null, string? Reason = null);
