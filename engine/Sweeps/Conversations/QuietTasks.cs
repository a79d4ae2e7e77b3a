namespace MemoryWall.Sweeps.Conversations;

/// <summary>Waiting that the user may end.</summary>
internal static class QuietTasks
{
    /// <summary>Waits for a task; a task that was cancelled is no error.</summary>
    public static async Task WaitQuietlyAsync(this Task task) => await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
