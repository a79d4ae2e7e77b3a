using System.Diagnostics;
using MemoryWall.Core.Facts;
using MemoryWall.Experiments;
using MemoryWall.Experiments.Cells;
using MemoryWall.Experiments.Files;
using MemoryWall.Experiments.Slurm;

namespace MemoryWall.Engine.Tests.Experiments;

/// <summary>Slurm's commands: recorded outputs of 22.05 and 23.11, and the scripts that it gets.</summary>
public sealed class SlurmCommandsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static IReadOnlyList<ExperimentCell> Cells(string axes, string more = "") => CellExpander.Expand(
        ExperimentFile.Parse($"name: x\naxes: {axes}\norder: {{by: as-given}}\n{more}", "x.yaml"),
        new MachineFacts { OperatingSystem = "Linux", Architecture = "X64" });

    [Theory]
    [InlineData("17\n", "17")]
    [InlineData("17;cluster\n", "17")]
    public async Task Submit_TheJob_IsRead(string output, string job)
    {
        var commands = new FakeCommands().With("sbatch", output);
        Assert.Equal(job, await new SlurmCommands(commands).SubmitAsync("/s h/a.sh", "/s h", Token));
        Assert.Equal("sbatch --parsable --chdir=/s h /s h/a.sh", commands.Asked.Single());
    }

    [Fact]
    public async Task Submit_Refused_SaysWhatSlurmSays()
    {
        var commands = new FakeCommands().With("sbatch", new CommandResult(1, "",
            "sbatch: error: Memory specification can not be satisfied\nsbatch: error: Batch job submission failed\n"));
        var error = await Assert.ThrowsAsync<SlurmException>(() => new SlurmCommands(commands).SubmitAsync("a", "b", Token));
        Assert.StartsWith("sbatch ended with 1: sbatch: error: Memory specification can not be satisfied", error.Message);
        var odd = new FakeCommands().With("sbatch", "hello");
        await Assert.ThrowsAsync<SlurmException>(() => new SlurmCommands(odd).SubmitAsync("a", "b", Token));
    }

    [Fact]
    public async Task ListTasks_Queue_HasEachTask()
    {
        var commands = new FakeCommands().With("squeue",
            "17_3|PENDING||Resources\n17_1|RUNNING|n1|None\n17_2|NODE_FAIL|n2|NodeDown\n18_7|TIMEOUT|n3|TimeLimit\n"
            + "slurm_load_jobs: noise\n");

        var tasks = await new SlurmCommands(commands).ListTasksAsync(["17", "18"], Token);

        Assert.Equal([new("17_3", "PENDING", null, "Resources"), new("17_1", "RUNNING", "n1"), new("17_2", "NODE_FAIL", "n2", "NodeDown"),
            new("18_7", "TIMEOUT", "n3", "TimeLimit")], tasks);
        Assert.Equal("squeue --noheader --array --states=all --jobs=17,18 --format=%i|%T|%N|%r", commands.Asked.Single());
    }

    [Fact]
    public async Task ListTasks_ForgottenByTheController_AccountingIsAsked()
    {
        var commands = new FakeCommands()
            .With("squeue", new CommandResult(1, "", "slurm_load_jobs error: Invalid job id specified\n"))
            .With("sacct", "17_1|COMPLETED|n1\n17_2|CANCELLED by 1000|n2\n17_[3-9]|PENDING|None assigned\n");

        var tasks = await new SlurmCommands(commands).ListTasksAsync(["17"], Token);

        Assert.Equal([new("17_1", "COMPLETED", "n1"), new("17_2", "CANCELLED", "n2")], tasks);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ListTasks_WithoutAccounting_ForgottenJobsAreNone(bool isInstalled)
    {
        var commands = new FakeCommands().With("squeue", "")
            .With("sacct", isInstalled ? new CommandResult(1, "", "Slurm accounting storage is disabled\n") : null);
        Assert.Empty(await new SlurmCommands(commands).ListTasksAsync(["17"], Token));
    }

    [Fact]
    public async Task ListTasks_NoController_IsAnErrorAndNoEnd()
    {
        var commands = new FakeCommands().With("squeue", new CommandResult(1, "",
            "slurm_load_jobs error: Unable to contact slurm controller\n"));
        var error = await Assert.ThrowsAsync<SlurmException>(() => new SlurmCommands(commands).ListTasksAsync(["17"], Token));
        Assert.Contains("Unable to contact slurm controller", error.Message);
    }

    [Fact]
    public async Task Cancel_EndedJobs_AreNoError()
    {
        var commands = new FakeCommands().With("scancel", new CommandResult(1, "",
            "scancel: error: Kill job error on job id 17: Invalid job id specified"));
        await new SlurmCommands(commands).CancelAsync(["17", "18"], Token);
        Assert.Equal("scancel 17 18", commands.Asked.Single());
        var refused = new FakeCommands().With("scancel", new CommandResult(1, "", "scancel: error: Access/permission denied"));
        await Assert.ThrowsAsync<SlurmException>(() => new SlurmCommands(refused).CancelAsync(["17"], Token));
    }

    [Theory]
    [InlineData("2000\n64000+\n512\n", 64000L << 20)]
    [InlineData("", null)]
    public async Task FindLargestNode_Memory_IsRead(string output, long? bytes) => Assert.Equal(bytes,
        await new SlurmCommands(new FakeCommands().With("sinfo", output)).FindLargestNodeAsync("gpu", Token));

    [Fact]
    public void Group_Cells_ShareArraysByWhatTheyAskFor()
    {
        var cells = Cells("{models: [nano], contexts: [64, 96, 512k], threads: [1, 2]}");
        var plan = cells.Select(cell => cell with { ForecastBytes = cell.Plan.Contexts[0].Value > 1000 ? 3L << 30 : 40L << 20 });

        var arrays = SlurmJobs.Group(plan, new CellSettings());

        Assert.Equal(["1,3", "2,4", "5", "6"], arrays.Select(SlurmJobs.FormatIndexes));
        Assert.Equal([1, 2, 1, 2], arrays.Select(array => array.Threads!.Value));
        // The forecast, 256 MiB for memwall, and at most a quarter more.
        Assert.Equal([320, 320, 3584, 3584], arrays.Select(array => array.MemoryMebibytes!.Value));
    }

    [Fact]
    public void Group_MoreThanAnArrayMayHave_NumbersStartAgain()
    {
        var cells = Cells($"{{contexts: [{string.Join(", ", Enumerable.Range(10, 1005))}]}}");

        var arrays = SlurmJobs.Group(cells, new CellSettings { MemoryBytes = 1L << 30 });

        Assert.Equal(["1-1000", "1-5"], arrays.Select(SlurmJobs.FormatIndexes));
        Assert.Equal([0, 1000], arrays.Select(array => array.Offset));
        Assert.Contains("--cell \"$((SLURM_ARRAY_TASK_ID + 1000))\" --round 2",
            SlurmScript.Write("x", 2, arrays[1], new CellSettings(), new SlurmRequest { Command = ["memwall"], Lake = "/shared/lake" }));
    }

    [Fact]
    public void Write_Options_AreDirectives()
    {
        var array = new SlurmArray([1, 2, 3, 7], 0, 768, 4);
        var script = SlurmScript.Write("kv", 1, array, new CellSettings { Gpus = 2, Limit = TimeSpan.FromMinutes(15) },
            new SlurmRequest
            {
                Command = ["/opt/my dotnet", "memwall.dll"],
                Partition = "gpu",
                Exclusive = true,
                Lake = "/shared/my lake",
                MoreArguments = ["--scratch", "/tmp"]
            });

        Assert.Equal("""
            #!/bin/bash
            #SBATCH --job-name=memwall-kv
            #SBATCH --array=1-3,7
            #SBATCH --nodes=1
            #SBATCH --ntasks=1
            #SBATCH --partition=gpu
            #SBATCH --mem=768M
            #SBATCH --cpus-per-task=4
            #SBATCH --gres=gpu:2
            #SBATCH --time=17
            #SBATCH --exclusive
            #SBATCH --no-requeue
            #SBATCH --signal=B:TERM@30
            #SBATCH --output=logs/%A_%a.txt
            # Each task measures one cell of the experiment, and moves its run to the folder of runs when it is finished.
            exec '/opt/my dotnet' 'memwall.dll' --cell "$SLURM_ARRAY_TASK_ID" --round 1 --lake '/shared/my lake' '--scratch' '/tmp'

            """.ReplaceLineEndings("\n"), script);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("it's $(touch /tmp/x) `id` \"\\\" !x")]
    [InlineData("'; rm -rf /; '")]
    [InlineData("line\n#SBATCH --uid=0\nline")]
    public async Task Quote_AnyText_IsOneWordOfBash(string text)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "there is no bash");
        var start = new ProcessStartInfo("/bin/bash", ["-c", $"printf %s {SlurmScript.Quote(text)}"]) { RedirectStandardOutput = true };
        using var bash = Process.Start(start)!;
        Assert.Equal(text, await bash.StandardOutput.ReadToEndAsync(Token));
    }

    [Theory]
    [InlineData("a;b")]
    [InlineData("-x")]
    [InlineData("gpu\n#SBATCH --uid=0")]
    public void ParsePartition_NoName_IsRefused(string text) =>
        Assert.Throws<FormatException>(() => SlurmRequest.ParsePartition(text));

    [Fact]
    public async Task Run_AMissingProgram_SaysWhatToInstall()
    {
        var error = await Assert.ThrowsAsync<SlurmException>(() => CommandRunner.Default.RunAsync("sbatch-of-nowhere", [], Token));
        Assert.Contains("install Slurm's commands on this machine", error.Message);
    }

    [Fact]
    public async Task Run_ACommandThatHangs_IsEnded()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "there is no bash");
        var error = await Assert.ThrowsAsync<SlurmException>(() =>
            new CommandRunner(TimeSpan.FromMilliseconds(200)).RunAsync("/bin/bash", ["-c", "while true; do sleep 0.1; done"], Token));
        Assert.Contains("did not answer within 0.2 s", error.Message);
    }
}
