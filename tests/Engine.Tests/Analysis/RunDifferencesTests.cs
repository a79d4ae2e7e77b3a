using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Engine.Tests.Runs;

namespace MemoryWall.Engine.Tests.Analysis;

/// <summary>What differs between two runs is said, and what a reboot alone changes is not.</summary>
public class RunDifferencesTests
{
    private const long Ram = 25_276_026_880;

    private static readonly RunManifest s_run = StoreSamples.Manifest() with
    {
        Machine = new MachineFacts
        {
            OperatingSystem = "Debian",
            Architecture = "X64",
            Kernel = "6.18.1",
            CpuModel = "EPYC",
            LogicalCores = 2,
            AvailableCores = 2,
            MemoryTotalBytes = Ram,
            SwapTotalBytes = 0,
        },
    };

    [Fact]
    public void Find_OneRun_NothingDiffers() => Assert.Empty(RunDifferences.Find(s_run, s_run with { RunId = "other", Label = "x" }));

    [Theory]
    [InlineData(Ram + 32_768, false)]
    [InlineData(Ram - 100_000_000, false)]
    [InlineData(Ram + Ram / 8, true)]
    [InlineData(null, true)]
    public void Find_SizeOfRam_IsADifferenceOnlyBeyondWhatABootChanges(long? other, bool isDifference)
    {
        var differences = RunDifferences.Find(s_run, s_run with { Machine = s_run.Machine with { MemoryTotalBytes = other } });
        Assert.Equal(isDifference ? ["RAM"] : [], differences.Select(difference => difference.Name));
    }

    // The words of llama-server's model_ftype, and Ollama's for the same.
    [Theory]
    [InlineData("Q8_0", "Q8_0")]
    [InlineData("Q4_K - Medium", "Q4_K_M")]
    [InlineData("Q2_K - Medium", "Q2_K")]
    [InlineData("(guessed) Q3_K - Small", "Q3_K_S")]
    [InlineData("all F32", "F32")]
    [InlineData("IQ2_XXS - 2.0625 bpw", "IQ2_XXS")]
    public void Find_QuantizationOfALlamaServer_IsNamedAndTheSameAsOllamas(string type, string level)
    {
        RunManifest With(string name, string value) => s_run with
        {
            Target = s_run.Target with { Details = new Dictionary<string, string> { [name] = value } },
        };
        Assert.Equal([new RunDifference("quantization", level, "other")],
            RunDifferences.Find(With("model_ftype", type), With("quantization_level", "other")));
        Assert.Empty(RunDifferences.Find(With("model_ftype", type), With("quantization_level", level)));
        Assert.True(RunDifferences.AreOfOneModel(With("model_ftype", type), With("quantization_level", level)));
        Assert.False(RunDifferences.AreOfOneModel(With("model_ftype", type), With("quantization_level", "other")));
    }

    [Fact]
    public void Find_EverythingThatMayExplainAResult_IsNamed()
    {
        var other = s_run with
        {
            Machine = s_run.Machine with { Kernel = "6.18.2", CpuModel = "Xeon", AvailableCores = 1, SwapTotalBytes = 1L << 30 },
            Target = s_run.Target with
            {
                Model = "8b",
                ServerVersion = "b11669",
                Details = new Dictionary<string, string> { ["quantization_level"] = "Q8_0", ["threads_default"] = "8" },
            },
            Plan = s_run.Plan with
            {
                Cap = new CapPlan { Bytes = 400 << 20, SwapBytes = 0 },
                Options = new TargetOptions { Threads = 4, KvType = "q8_0", Tier = new TierPlan { Folder = "/mnt/secret" } },
            },
        };

        var differences = RunDifferences.Find(s_run, other);

        Assert.Equal(["target version", "model", "quantization", "threads of the server", "kernel", "processor", "cores available",
            "swap of the machine", "cap", "swap of the server", "storage tier", "kv type", "threads"],
            differences.Select(difference => difference.Name));
        Assert.DoesNotContain(differences, difference => difference.Second!.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public void AreOnOneMachine_AfterAReboot_IsNotKnown()
    {
        Assert.True(RunDifferences.AreOnOneMachine(s_run, s_run));
        Assert.False(RunDifferences.AreOnOneMachine(s_run,
            s_run with { Machine = s_run.Machine with { MemoryTotalBytes = Ram + 32_768 } }));
        Assert.False(RunDifferences.AreOnOneMachine(s_run, s_run with { Machine = s_run.Machine with { Kernel = "6.18.2" } }));
    }

    [Theory]
    [InlineData("standard/before,standard/after", "standard (before)|standard (after)")]
    [InlineData("standard/,managed/", "standard|managed")]
    [InlineData("/before,/after", "before|after")]
    [InlineData("standard/,standard/", "standard (run r0)|standard (run r1)")]
    [InlineData("standard/x,standard/x", "standard (x) (run r0)|standard (x) (run r1)")]
    [InlineData("/,managed/", "r0|managed")]
    public void SystemNames_RunsOfAnyKind_AreDistinct(string runs, string names) =>
        Assert.Equal(names.Split('|'), SystemNames.Create([.. runs.Split(',').Select((run, i) => StoreSamples.Manifest("r" + i) with
        {
            Label = run.Split('/')[1] is { Length: > 0 } label ? label : null,
            Plan = s_run.Plan with { System = run.Split('/')[0] is { Length: > 0 } system ? system : null },
        })]));
}
