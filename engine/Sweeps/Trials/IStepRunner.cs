using MemoryWall.Core.Trials;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Sweeps.Trials;

/// <summary>Runs the steps of one kind. A failure is a result: whatever happens becomes trials.</summary>
internal interface IStepRunner
{
    /// <summary>Runs a step and yields each trial as soon as it has ended.</summary>
    /// <param name="step">The step.</param>
    /// <param name="firstNumber">The number of its first trial.</param>
    /// <param name="afterRestart">Whether the target was restarted unexpectedly since the step before.</param>
    /// <param name="cancellation">The user's request to stop; the trial in flight ends as cancelled.</param>
    IAsyncEnumerable<MeasuredTrial> RunAsync(SweepStep step, int firstNumber, bool afterRestart, CancellationToken cancellation);

    /// <summary>The trials of a step for which the target could not be restarted.</summary>
    /// <param name="step">The step.</param>
    /// <param name="firstNumber">The number of its first trial.</param>
    /// <param name="problem">Why the target could not be restarted.</param>
    IEnumerable<MeasuredTrial> CreateUnreachableTrials(SweepStep step, int firstNumber, Outcome problem);
}
