namespace MemoryWall.Sweeps.Conversations;

/// <summary>Sends the requests of a level in their order and at their times.</summary>
internal interface ISessionSchedule
{
    /// <summary>Sends all requests, or those before the user stops; returns when all answers have ended.</summary>
    /// <param name="server">Takes the requests.</param>
    /// <param name="cancellation">The user's request to stop: nothing more is sent.</param>
    Task RunAsync(LevelServer server, CancellationToken cancellation);
}
