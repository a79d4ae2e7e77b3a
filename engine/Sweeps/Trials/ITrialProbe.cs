using MemoryWall.Core.Trials;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps.Trials;

/// <summary>
/// Observes the server or the machine around one request, or around the concurrent requests of one step, and adds what it found to their
/// trials. A probe is created for each of them; its methods are called in the order in which they are listed. A probe implements those that
/// it needs.
/// </summary>
internal interface ITrialProbe
{
    /// <summary>The load begins next.</summary>
    void BeforeLoad()
    {
    }

    /// <summary>The model is loaded, and the requests are sent next. Is not called where the load failed.</summary>
    Task BeforeRequestsAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>A mark arrived. Runs on the thread that stamps arrivals, so it returns at once.</summary>
    void OnMark(StreamMark mark)
    {
    }

    /// <summary>The last answer has ended.</summary>
    /// <returns>The reports, with what the probe knows better than the target's answer.</returns>
    Task<IReadOnlyList<InferenceReport?>> AfterRequestsAsync(IReadOnlyList<InferenceReport?> reports, CancellationToken cancellation) =>
        Task.FromResult(reports);

    /// <summary>Adds what the probe found to the trials, their outcome included.</summary>
    Task<IReadOnlyList<Trial>> CompleteAsync(IReadOnlyList<Trial> trials) => Task.FromResult(trials);
}
