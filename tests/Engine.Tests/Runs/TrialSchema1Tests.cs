using MemoryWall.Analysis.Review;
using MemoryWall.Core.Trials;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Schema;

namespace MemoryWall.Engine.Tests.Runs;

/// <summary>Files of schema 1 stored doubts among the flags of a trial.</summary>
public sealed class TrialSchema1Tests
{
    // A cold trial with reported prefill and generation, counted tokens and 64 chunks.
    private const string Observed =
        "flags,context_tokens,repetition,output_tokens_asked,window_tokens,counted_prompt_tokens,cached_prompt_tokens,output_tokens,chunks,"
        + "sent_seconds,ttft_seconds,last_token_after_seconds,ended_after_seconds,server_load_seconds,server_queue_seconds,"
        + "server_prefill_seconds,server_generation_seconds,server_running_before,outcome,number";

    private const string Values = "2048,1,64,2112,2048,0,64,64,1,4.1,10.4,10.5,0.001,0,4,6.3,0,completed,1";

    [Theory]
    [InlineData("early_stop")]
    [InlineData("too_short_for_rate")]
    [InlineData("cache_hit")]
    [InlineData("queued")]
    [InlineData("count_unreported")]
    [InlineData("reloaded")]
    [InlineData("clocks_disagree")]
    [InlineData("shared_server")]
    [InlineData("buffered")]
    public void Read_FlagThatFollowsFromOtherColumns_IsDerivedAnew(string flag) =>
        Assert.Empty(TrialReview.Review(Read(Observed, flag + "," + Values)).Doubts);

    [Theory]
    [InlineData("early_stop", "early_stop")]
    [InlineData("too_short_for_rate", "too_short_for_rate")]
    [InlineData("cache_hit", "cache_hit")]
    [InlineData("suspected_cache_hit", "suspected_cache_hit")]
    [InlineData("queued", "queued")]
    [InlineData("context_capped", "context_capped")]
    [InlineData("count_unreported", "count_unreported")]
    [InlineData("reloaded", "reloaded")]
    [InlineData("clocks_disagree", "clocks_disagree")]
    [InlineData("disturbed", "interference")]
    [InlineData("reasoning", "reasoning")]
    [InlineData("shared_server", "shared_server")]
    [InlineData("buffered", "buffered")]
    public void Read_FlagWithoutItsObservation_IsKeptAsADoubtWithoutValues(string flag, string kind)
    {
        // A trial that was refused has no observation.
        var trial = Read("flags,context_tokens,repetition,outcome,outcome_json,number",
            flag + ",2048,1,refused,\"{\"\"kind\"\":\"\"refused\"\",\"\"status\"\":null,\"\"text\"\":\"\"no\"\"}\",1");
        Assert.Equal([kind], TrialReview.Review(trial).Doubts.Select(doubt => doubt.Kind));
        Assert.Equal(TrialFlags.None, trial.Flags);
    }

    [Fact]
    public void Read_ContextCapped_IsKeptBecauseTheFileHasNoWindowOfTheTarget() =>
        Assert.Equal([new ContextCapped(null, null)], TrialReview.Review(Read(Observed, "context_capped," + Values)).Doubts);

    [Fact]
    public void Read_KindsOfATrial_StayFlags()
    {
        var trial = Read(Observed, "warmup|warm_prefix|sampled|concurrent|after_restart|emulated|speculative," + Values);
        Assert.Equal(Enum.GetValues<TrialFlags>().Aggregate((all, flag) => all | flag), trial.Flags);
        Assert.Empty(trial.ClaimedDoubts);
    }

    [Fact]
    public void Read_UnknownFlag_IsAWarningAndTheOthersAreKept()
    {
        var warnings = new ReadWarningCollector();
        var trial = Read(Observed, "warmup|tired|context_capped," + Values, warnings);
        Assert.Equal(TrialFlags.Warmup, trial.Flags);
        Assert.Equal(["context_capped"], trial.ClaimedDoubts);
        Assert.Contains(warnings.ToList(), text => text.Contains("flags 'tired' is not known", StringComparison.Ordinal));
    }

    [Fact]
    public void Columns_OfSchema1_AreTheOthersWithoutThoseAddedLater() =>
        Assert.Equal(
            ["prompt_as", "given_window_tokens", "draft_tokens", "accepted_draft_tokens", "arrivals", "first_arrival_chunks",
                "dropped_tokens", "request_sent_after_seconds", "server_tokenization_seconds", "server_first_token_seconds"],
            TrialSchema.Columns.Select(column => column.Name).Except(TrialSchema1.Columns.Select(column => column.Name)));

    private static Trial Read(string header, string row, ReadWarningCollector? warnings = null)
    {
        using var root = new TemporaryRoot();
        var path = Path.Combine(root.Path, "trials.csv");
        File.WriteAllText(path, $"{header}\n{row}\n");
        return Assert.Single(
            TrialsFile.Read(path, StoreSamples.Manifest() with { SchemaVersion = 1 }, warnings ?? new ReadWarningCollector()));
    }
}
