using MemoryWall.Tests;

namespace MemoryWall.Benchmarks.Faults;

/// <summary>A fault that strikes a sweep.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Strike">What happens; false where there was nothing to strike any more.</param>
/// <param name="ExitCodes">The exit codes that a sweep may end with. It may end with 0 as well, where the fault came too late.</param>
internal sealed record FaultKind(string Name, Func<FaultRound, Task<bool>> Strike, params int[] ExitCodes)
{
    private const int Killed = 137;

    // The server, the way to it or the disk was gone before the first trial.
    private const int PreflightFailed = 3;

    private const int TrialsFailed = 4;
    private const int Store = 5;

    /// <summary>Whether the runs lie on a disk of their own.</summary>
    public bool NeedsDisk { get; init; }

    /// <summary>Whether the server runs under a cap, which a guardian removes.</summary>
    public bool NeedsCap { get; init; }

    /// <summary>Whether an external server is measured through a proxy.</summary>
    public bool NeedsProxy { get; init; }

    /// <summary>Whether the program's wall clock can be moved.</summary>
    public bool NeedsClock { get; init; }

    /// <summary>What is done before the sweep is resumed.</summary>
    public Action<FaultRound> Mend { get; init; } = _ => { };

    /// <summary>All kinds.</summary>
    public static IReadOnlyList<FaultKind> All { get; } =
    [
        new("kill -9 of the engine", round => Task.FromResult(ProcessTree.Signal("KILL", round.Program.Id)), Killed),
        new("kill -9 of the engine under a cap", round => Task.FromResult(ProcessTree.Signal("KILL", round.Program.Id)), Killed)
        {
            NeedsCap = true,
        },
        new("kill -9 of the guardian, then of the engine", round =>
            Task.FromResult(ProcessTree.Signal("KILL", ProcessTree.FindGuardian(round.Program.Id))
                && ProcessTree.Signal("KILL", round.Program.Id)), Killed)
        {
            NeedsCap = true,
        },
        new("kill -9 of the server", round => Task.FromResult(ProcessTree.Signal("KILL", ProcessTree.FindServer(round.Program.Id))),
            TrialsFailed, PreflightFailed),
        new("SIGSTOP of the engine for seconds", round => round.PauseAsync(round.Program.Id)),
        new("SIGSTOP of the server for seconds", round => round.PauseAsync(ProcessTree.FindServer(round.Program.Id))),
        new("full disk", round =>
        {
            round.Disk!.Fill();
            return Task.FromResult(true);
        }, Store, PreflightFailed)
        {
            NeedsDisk = true,
            Mend = round => round.Disk!.Free(),
        },
        new("input/output error", round =>
        {
            DiskAbort.Strike(round.Disk!.Path);
            return Task.FromResult(true);
        }, Store, PreflightFailed)
        {
            NeedsDisk = true,
            Mend = round => round.Disk!.Remount(),
        },
        new("torn files", round => Task.FromResult(ProcessTree.Signal("KILL", round.Program.Id)), Killed)
        {
            Mend = round => round.TearFiles(),
        },
        new("connections reset", round =>
        {
            round.Proxy!.Reset();
            return Task.FromResult(true);
        }, TrialsFailed, PreflightFailed)
        {
            NeedsProxy = true,
        },
        new("clock set back or forward", round =>
        {
            round.StepClock();
            return Task.FromResult(true);
        })
        {
            NeedsClock = true,
        },
    ];
}
