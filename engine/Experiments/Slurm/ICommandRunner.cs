namespace MemoryWall.Experiments.Slurm;

/// <summary>Runs a program and takes what it prints.</summary>
internal interface ICommandRunner
{
    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="arguments">Its arguments, each as it is.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="SlurmException">It is missing, or does not end.</exception>
    Task<CommandResult> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellation);
}

/// <summary>What a program printed.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record CommandResult(int ExitCode, string Output, string Error);
