using MemoryWall.Experiments.State;

namespace MemoryWall.Experiments.Slurm;

/// <summary>Slurm's words for the state of a job.</summary>
internal static class SlurmStates
{
    /// <summary>Whether a job of this state runs.</summary>
    public static bool IsRunning(string state) =>
        state is "RUNNING" or "COMPLETING" or "SUSPENDED" or "STOPPED" or "SIGNALING" or "RESIZING" or "STAGE_OUT" or "CONFIGURING";

    /// <summary>Whether a job of this state waits for a node.</summary>
    public static bool IsWaiting(string state) =>
        state is "PENDING" or "REQUEUED" or "REQUEUE_HOLD" or "REQUEUE_FED" or "RESV_DEL_HOLD" or "SPECIAL_EXIT";

    /// <summary>The outcome of a job that left no end itself.</summary>
    public static AttemptOutcome GetOutcome(string state) => state switch
    {
        "NODE_FAIL" or "BOOT_FAIL" => AttemptOutcome.NodeFailed,
        "PREEMPTED" => AttemptOutcome.Preempted,
        "TIMEOUT" or "DEADLINE" => AttemptOutcome.TimedOut,
        "OUT_OF_MEMORY" => AttemptOutcome.OutOfMemory,
        "CANCELLED" or "REVOKED" => AttemptOutcome.Cancelled,
        _ => AttemptOutcome.Failed,
    };
}
