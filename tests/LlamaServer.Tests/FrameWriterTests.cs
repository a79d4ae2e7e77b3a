using System.Text;
using MemoryWall.LlamaServer.Http;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.LlamaServer.Native;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>The exact bytes of each kind of frame, because other clients depend on them. The expected bytes are written with ' instead of
/// ".</summary>
public sealed class FrameWriterTests
{
    private const string Head = "{'model':'tiny \\u0022\\u00E4\\u0022','created_at':'2026-01-02T03:04:05.678+00:00',";

    private const string Counts =
        "'total_duration':123456700,'load_duration':2,'prompt_eval_count':3,'prompt_eval_cached_count':4,"
        + "'prompt_eval_duration':5,'eval_count':6,'eval_duration':7,";

    private const string Report = "'queue_ns':1,'load_ns':2,'prefill_ns':8,'generation_ns':9,'cached_prompt_tokens':4";

    private const string ModelFields =
        "'window_tokens':2128,'weights_bytes':10,'kv_bytes':20,'compute_bytes':30,'threads':2,'threads_batch':3,"
        + "'batch_tokens':512,'repack':true";

    private const string TierPlanFields =
        "'budget_bytes':1,'pinned_weight_bytes':2,'streamed_weight_bytes':3,'mapped_weight_bytes':4,'pinned_kv_bytes':5,"
        + "'streamed_kv_bytes':6,'ring_bytes':7,'ring_slots':8,'direct_read_bytes_per_second':9,'emulated':false,'locked':true";

    private static readonly TierReport s_tier = new()
    {
        BudgetBytes = 1,
        PinnedWeightBytes = 2,
        StreamedWeightBytes = 3,
        MappedWeightBytes = 4,
        PinnedKvBytes = 5,
        StreamedKvBytes = 6,
        RingBytes = 7,
        RingSlots = 8,
        DirectReadBytesPerSecond = 9,
        IsEmulated = false,
        IsLocked = true,
    };

    private static readonly LoadedModel s_model = new(2128, new ModelOptions(LoadMode.Mmap, 0, true),
        new ContextOptions(2128, "f16", true, 512, 2, 3), new BufferSizes(10, 20, 30));

    private static readonly FrameExtension s_report = new()
    {
        QueueNanoseconds = 1,
        LoadNanoseconds = 2,
        NativePrefillNanoseconds = 8,
        NativeGenerationNanoseconds = 9,
        CachedPromptTokens = 4,
    };

    private static readonly GenerateFrame s_final = new()
    {
        DoneReason = "length",
        LoadNanoseconds = 2,
        PromptTokens = 3,
        CachedPromptTokens = 4,
        PrefillNanoseconds = 5,
        OutputTokens = 6,
        GenerationNanoseconds = 7,
        Extension = s_report,
    };

    [Fact]
    public void WriteProgress_IsExact() => Assert.Equal(
        Head + "'response':'','done':false,'memory_wall':{'prompt_progress':{'done':512,'total':2048,'elapsed_ns':123}}}",
        Write(writer => writer.WriteProgress(new ProgressFrame(512, 2048, 123))));

    [Theory]
    [InlineData(true, ",'memory_wall':{'elapsed_ns':[1,2,3]}}")]
    [InlineData(false, "}")]
    public void WriteTokens_IsExact(bool withTimes, string end) => Assert.Equal(
        Head + "'response':' \\u00E9\\u003Cb\\u003E\\u2028','done':false" + end,
        Write(writer => writer.WriteTokens(" é<b>\u2028", [1, 2, 3], withTimes)));

    [Fact]
    public void WriteTokens_AfterAnother_HasOnlyItsOwn()
    {
        var writer = new FrameWriter("m", new StoppedTime(), () => null);
        writer.WriteTokens("a", [1], withTimes: true);
        writer.Clear();
        writer.WriteTokens("b", [2, 3], withTimes: true);
        Assert.EndsWith("'response':'b','done':false,'memory_wall':{'elapsed_ns':[2,3]}}" + "\n",
            Encoding.UTF8.GetString(writer.Written.Span).Replace('"', '\''), StringComparison.Ordinal);
    }

    [Fact]
    public void WriteFailure_IsExact() =>
        Assert.Equal("{'error':'no \\u003Cway\\u003E'}", Write(writer => writer.WriteFailure("no <way>")));

    [Fact]
    public void WriteProbe_IsExact()
    {
        var probe = new DepthProbe
        {
            Depth = 1,
            SkippedPromptTokens = 0,
            SkippedPrefillNanoseconds = 3,
            PrefillNanoseconds = 4,
            NativePrefillNanoseconds = 5,
            OutputTokens = 6,
            GenerationNanoseconds = 7,
            NativeGenerationNanoseconds = 8,
            DoneReason = "length",
            QueueNanoseconds = 9,
            LoadNanoseconds = 10,
        };
        Assert.Equal(
            Head + "'response':'','done':false,'memory_wall':{'probe':{'depth':1,'jumped_prompt_tokens':0,'jump_ns':3,"
            + "'prompt_eval_duration':4,'prefill_ns':5,'eval_count':6,'eval_duration':7,'generation_ns':8,"
            + "'done_reason':'length','queue_ns':9,'load_ns':10}}}",
            Write(writer => writer.WriteProbe(new ProbeFrame(probe))));
    }

    [Fact]
    public void WriteFinal_Unload_IsExact() => Assert.Equal(
        Head + "'response':'','done':true,'done_reason':'unload'}", Final(new GenerateFrame { DoneReason = "unload" }));

    [Fact]
    public void WriteFinal_Load_IsExact() => Assert.Equal(
        Head + "'response':'','done':true,'done_reason':'load','memory_wall':{" + Report + "," + ModelFields + "}}",
        Final(new GenerateFrame { DoneReason = "load", Extension = s_report }, s_model));

    [Fact]
    public void WriteFinal_Answer_IsExact()
    {
        Assert.Equal(
            Head + "'response':'text','done':true,'done_reason':'length'," + Counts + "'memory_wall':{" + Report + "}}",
            Final(s_final, text: "text"));
        Assert.Equal(
            Head + "'response':'','done':true,'done_reason':'length'," + Counts + "'memory_wall':{" + Report
            + ",'jumped_prompt_tokens':11,'jump_ns':0,'jump_filled_bytes':0,'prompt_tokens_sent':99," + ModelFields + "}}",
            Final(s_final with
            {
                Extension = s_report with
                {
                    SkippedPromptTokens = 11,
                    SkippedPrefillNanoseconds = 0,
                    SyntheticKvBytes = 0,
                    PromptTokensSent = 99,
                },
            }, s_model));
    }

    [Fact]
    public void WriteFinal_Tier_IsExact()
    {
        var start = Head + "'response':'','done':true,'done_reason':'length'," + Counts + "'memory_wall':{" + Report + ",'tier':{";
        var end = "}," + ModelFields + "}}";
        var model = s_model with { Tier = s_tier };
        Assert.Equal(start + TierPlanFields + end, Final(s_final, model));
        var moved = s_tier with
        {
            PrefillReadBytes = 1,
            PrefillWrittenBytes = 2,
            GenerationReadBytes = 3,
            GenerationWrittenBytes = 4,
            ResumedTokens = 5,
            ResumeNanoseconds = 6,
            SaveNanoseconds = 7,
            StateBytes = 8,
            StateNote = "why",
        };
        Assert.Equal(
            start + TierPlanFields + ",'prefill_read_bytes':1,'prefill_written_bytes':2,'generation_read_bytes':3,"
            + "'generation_written_bytes':4,'resumed_tokens':5,'resume_ns':6,'save_ns':7,'state_bytes':8,'state_note':'why" + "'" + end,
            Final(s_final with { Extension = s_report with { Tier = moved } }, model));
    }

    private static string Final(GenerateFrame frame, LoadedModel? model = null, string text = "") =>
        Write(writer => writer.WriteFinal(new FinalFrame(frame), text), model);

    private static string Write(Action<FrameWriter> write, LoadedModel? model = null)
    {
        var time = new StoppedTime();
        var writer = new FrameWriter("tiny \"ä\"", time, () => model);
        time.Ticks += 1_234_567;
        write(writer);
        var line = Encoding.UTF8.GetString(writer.Written.Span);
        Assert.EndsWith("\n", line, StringComparison.Ordinal);
        Assert.DoesNotContain("'", line, StringComparison.Ordinal);
        return line[..^1].Replace('"', '\'');
    }

    private sealed class StoppedTime : TimeProvider
    {
        public long Ticks { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

        public override long GetTimestamp() => Ticks;
    }
}
