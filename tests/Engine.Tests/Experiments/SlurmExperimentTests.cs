using MemoryWall.Core.Facts;
using MemoryWall.Engine.Tests.Runs;
using MemoryWall.Experiments;
using MemoryWall.Experiments.Execution;
using MemoryWall.Experiments.Files;
using MemoryWall.Experiments.Slurm;
using MemoryWall.Experiments.State;

namespace MemoryWall.Engine.Tests.Experiments;

/// <summary>An experiment on a cluster: what is stored, and where cells stand after everything that can happen to a task.</summary>
public sealed class SlurmExperimentTests : IDisposable
{
    private static readonly SlurmRequest s_request = new() { Command = ["memwall"], Lake = "/shared/lake" };

    private readonly string _runs = Directory.CreateTempSubdirectory("memwall experiment 'tests-").FullName;
    private readonly FakeCommands _commands = new FakeCommands().With("sbatch", "17").With("squeue", "").With("scancel", "");
    private readonly ExperimentFolder _folder;
    private readonly ExperimentPlan _plan;

    public SlurmExperimentTests()
    {
        _plan = ExperimentPlanner.Create(ExperimentFile.Parse("name: x\naxes: {contexts: [64, 65, 66]}\norder: {by: as-given}", "x.yaml"),
            new MachineFacts { OperatingSystem = "Linux", Architecture = "X64" }, _ => null);
        _folder = ExperimentFolder.Of(_runs, _plan.Name);
        _folder.Create(_plan);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private SlurmExperiment Experiment => new(_folder, _plan, new SlurmCommands(_commands));

    public void Dispose() => Directory.Delete(_runs, recursive: true);

    private Task<ExperimentRound> SubmitAsync(params int[] cells) => Experiment.SubmitAsync(
        _plan.Cells.Where(cell => cells.Contains(cell.Number)), s_request, Token);

    private async Task<string> LookAsync()
    {
        var (cells, _) = await Experiment.LookAsync(Token);
        return string.Join(" ", cells.Select(cell => cell.Outcome is { } outcome ? $"{cell.State}/{outcome}" : $"{cell.State}"));
    }

    private void Publish(int cell) => Directory.CreateDirectory(Path.Combine(_runs, _plan.GetRunId(_plan.Cells[cell - 1])));

    private void End(int cell, int round, AttemptOutcome outcome) => _folder.Write(new AttemptEnd
    {
        Cell = cell,
        Round = round,
        Outcome = outcome
    });

    [Fact]
    public void Create_AStoredPlan_ReadsAsItWas()
    {
        var read = _folder.ReadPlan();
        Assert.Equal(TestJson.Write(_plan), TestJson.Write(read));
        Assert.Throws<MemoryWall.Runs.Files.StoreException>(() => _folder.Create(_plan));
        Assert.Equal($"{_plan.Id}-002", _plan.GetRunId(_plan.Cells[1]));
    }

    [Fact]
    public void ReadPlan_OthersCanWriteIt_IsRefused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the system has no such permissions");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(_folder.FullPath, "plan.json"), (UnixFileMode)0b110_110_110);
        Assert.Contains("others can write it", Assert.Throws<MemoryWall.Runs.Files.StoreException>(_folder.ReadPlan).Message);
    }

    [Fact]
    public async Task Look_TasksOfTheQueue_StandWhereSlurmSays()
    {
        Assert.Equal("Waiting Waiting Waiting", await LookAsync());
        await SubmitAsync(1, 2, 3);
        _commands.With("squeue", "17_1|RUNNING|n1|None\n17_2|PENDING||Resources\n17_3|COMPLETING|n2|None\n");
        Assert.Equal("Running Waiting Running", await LookAsync());
    }

    [Fact]
    public async Task Look_EveryKindOfEnd_LeavesItsOutcome()
    {
        await SubmitAsync(1, 2, 3);
        _commands.With("squeue", "17_1|NODE_FAIL|n1|NodeDown\n17_2|TIMEOUT|n2|TimeLimit\n17_3|PREEMPTED|n3|None\n");
        Assert.Equal("Failed/NodeFailed Failed/TimedOut Failed/Preempted", await LookAsync());
        // Slurm forgets, the experiment does not.
        _commands.With("squeue", "").With("sacct", (CommandResult?)null);
        Assert.Equal("Failed/NodeFailed Failed/TimedOut Failed/Preempted", await LookAsync());
    }

    [Fact]
    public async Task Look_ATaskThatSlurmForgot_IsLostUnlessItLeftAnEndOrAResult()
    {
        await SubmitAsync(1, 2, 3);
        End(1, 1, AttemptOutcome.StoreFailed);
        Publish(2);
        Assert.Equal("Failed/StoreFailed Done Failed/Lost", await LookAsync());
    }

    [Fact]
    public async Task Look_NoAnswer_ChangesNothing()
    {
        await SubmitAsync(1, 2, 3);
        _folder.Write(new AttemptStart { Cell = 1, Round = 1, Host = "n1", StartedUtc = DateTimeOffset.UnixEpoch });
        _commands.With("squeue", new CommandResult(1, "", "Unable to contact slurm controller"));
        Assert.Equal("Running Waiting Waiting", await LookAsync());
        Assert.Empty(_folder.ReadEnds());
    }

    [Fact]
    public async Task Look_TheOwnEndOfATask_OutweighsWhatSlurmSays()
    {
        await SubmitAsync(1, 2, 3);
        _commands.With("squeue", "17_1|NODE_FAIL|n1|None\n17_2|RUNNING|n1|None\n17_3|RUNNING|n1|None\n");
        Assert.StartsWith("Failed/NodeFailed", await LookAsync());
        // The node was only cut off, and its task ended after all.
        End(1, 1, AttemptOutcome.Completed);
        Publish(1);
        Assert.Equal("Done/Completed Running Running", await LookAsync());
    }

    [Fact]
    public async Task Look_ASecondAttempt_IsTheOneThatCounts()
    {
        await SubmitAsync(1, 2, 3);
        _commands.With("squeue", "17_1|NODE_FAIL|n1|None\n17_2|COMPLETED|n1|None\n17_3|RUNNING|n1|None\n");
        End(2, 1, AttemptOutcome.SomeTrialsFailed);
        Publish(2);
        Assert.Equal("Failed/NodeFailed Done/SomeTrialsFailed Running", await LookAsync());
        _commands.With("sbatch", "18");
        Assert.Equal(2, (await SubmitAsync(1)).Number);
        _commands.With("squeue", "18_1|PENDING||None\n17_3|RUNNING|n1|None\n");
        Assert.Equal("Waiting Done/SomeTrialsFailed Running", await LookAsync());
        // The first attempt was only cut off, and finishes second.
        End(1, 2, AttemptOutcome.Completed);
        Publish(1);
        Assert.Equal("Done/Completed Done/SomeTrialsFailed Running", await LookAsync());
    }

    [Fact]
    public async Task Submit_TheSecondArrayRefused_TheFirstIsKnownAndTheOthersCanBeTriedAgain()
    {
        var cells = _plan.Cells.Select(cell => cell with { ForecastBytes = cell.Number * (1L << 30) }).ToList();
        var slurm = new RefusingSlurm(refuseFrom: 1);
        var experiment = new SlurmExperiment(_folder, _plan, slurm);

        await Assert.ThrowsAsync<SlurmException>(() => experiment.SubmitAsync(cells, s_request, Token));

        Assert.Equal([1], _folder.ReadRounds().Single().Jobs.Single().Cells);
        var (seen, _) = await experiment.LookAsync(Token);
        Assert.Equal([true, false, false], seen.Select(cell => cell.Task is not null));
    }

    [Fact]
    public async Task Cancel_OpenJobsOnly_AreCancelled()
    {
        await SubmitAsync(1, 2);
        _commands.With("sbatch", "18");
        await SubmitAsync(3);
        End(1, 1, AttemptOutcome.Completed);
        End(2, 1, AttemptOutcome.Failed);
        Assert.Equal(["18"], await Experiment.CancelAsync(Token));
        Assert.Equal("scancel 18", _commands.Asked[^1]);
    }

    [Fact]
    public void Publish_ManyAtOnce_OneWinsAndItsFilesAreWhole()
    {
        var attempts = Enumerable.Range(0, 6).Select(number =>
        {
            var run = Directory.CreateDirectory(Path.Combine(_folder.FullPath, $"scratch{number}", "20260101-000000-00000001-001"))
                .FullName;
            foreach (var file in new[] { "run.json", "trials.csv", "tokens.csv", "events.jsonl" })
                File.WriteAllText(Path.Combine(run, file), $"{number}");
            File.WriteAllText(Path.Combine(run, "writer.lock"), "");
            return run;
        }).ToList();

        var won = attempts.AsParallel().WithDegreeOfParallelism(6).Select(run => RunPublisher.Copy(run, _runs)).ToList();

        Assert.Single(won, isFirst => isFirst);
        var published = Path.Combine(_runs, "20260101-000000-00000001-001");
        Assert.Single(Directory.GetFiles(published).Select(File.ReadAllText).Distinct());
        Assert.Equal(["events.jsonl", "run.json", "tokens.csv", "trials.csv"], Directory.GetFiles(published).Select(Path.GetFileName)
            .Order());
        Assert.Empty(Directory.GetFileSystemEntries(_runs, ".*"));
        Assert.False(RunPublisher.Move(attempts[0], _runs));
    }

    /// <summary>Copies of publishers that were killed go away after a day, but not those of a task that runs, and nothing else.</summary>
    [Fact]
    public async Task Look_HiddenCopiesOfKilledPublishers_AreRemovedWhenTheyAreOldAndHaveNoOwner()
    {
        await SubmitAsync(1, 2, 3);
        _commands.With("squeue", "17_1|RUNNING|n1|None\n17_2|PENDING||Resources\n");
        End(3, 1, AttemptOutcome.NodeFailed);
        string Leave(string root, int cell, string nonce, bool isOld)
        {
            var copy = Directory.CreateDirectory(Path.Combine(root, $".{_plan.GetRunId(_plan.Cells[cell - 1])}-{nonce}")).FullName;
            var file = Path.Combine(copy, "trials.csv");
            File.WriteAllText(file, "half");
            var written = DateTime.UnixEpoch.AddYears(50);
            if (isOld)
                File.SetLastWriteTimeUtc(file, written);
            Directory.SetLastWriteTimeUtc(copy, written);
            return copy;
        }
        var dead = new[] { Leave(_runs, 2, "00000001", isOld: true), Leave(_runs, 3, "00000002", isOld: true),
            Leave(Directory.CreateDirectory(_folder.GetStoppedFolder(1)).FullName, 3, "00000003", isOld: true) };
        var kept = new[] { Leave(_runs, 1, "00000004", isOld: true), Leave(_runs, 3, "00000005", isOld: false),
            Leave(_runs, 3, "0000000600", isOld: true), Directory.CreateDirectory(Path.Combine(_runs, ".mine-00000007")).FullName };

        await LookAsync();

        Assert.All(dead, copy => Assert.False(Directory.Exists(copy), copy));
        Assert.All(kept, copy => Assert.True(Directory.Exists(copy), copy));
    }

    [Fact]
    public void Publish_AFullDisk_LeavesNothingBehind()
    {
        using var disk = SmallDisk.MountOrSkip(_folder.FullPath, kibibytes: 1024);
        var run = Directory.CreateDirectory(Path.Combine(_folder.FullPath, "s", "20260101-000000-00000001-001")).FullName;
        File.WriteAllBytes(Path.Combine(run, "trials.csv"), new byte[4 << 20]);
        Assert.Throws<MemoryWall.Runs.Files.StoreException>(() => RunPublisher.Copy(run, disk.Path));
        Assert.Empty(Directory.GetFileSystemEntries(disk.Path));
    }

    private sealed class RefusingSlurm(int refuseFrom) : ISlurm
    {
        private int _submitted;

        public Task<string> SubmitAsync(string script, string folder, CancellationToken cancellation) => _submitted++ < refuseFrom
            ? Task.FromResult($"{20 + _submitted}")
            : throw new SlurmException("refused");

        public Task<IReadOnlyList<SlurmTask>> ListTasksAsync(IReadOnlyCollection<string> jobs, CancellationToken cancellation) =>
            Task.FromResult<IReadOnlyList<SlurmTask>>([new SlurmTask("21_1", "PENDING")]);

        public Task CancelAsync(IReadOnlyCollection<string> jobs, CancellationToken cancellation) => Task.CompletedTask;

        public Task<long?> FindLargestNodeAsync(string? partition, CancellationToken cancellation) => Task.FromResult<long?>(null);
    }
}
