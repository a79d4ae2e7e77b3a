using MemoryWall.Models.Forecast;
using MemoryWall.Models.Shapes;
using static MemoryWall.Engine.Tests.Models.Shapes.Described;

namespace MemoryWall.Engine.Tests.Models.Forecast;

public sealed class ServerLogTests
{
    // Build 11669 with -lv 4, a small model, 4 slots.
    private const string Log = """
        version: 0.7.0 (build 11669, commit Debian)
        0.00.879.720 I load_tensors:   CPU_Mapped model buffer size =     6.75 MiB
        0.00.880.039 I load_tensors:   CPU_REPACK model buffer size =    11.81 MiB
        0.00.999.426 I llama_context: constructing llama_context
        0.00.999.460 I llama_context: n_seq_max             = 4
        0.00.999.485 I llama_context: n_ctx                 = 8192
        0.00.999.536 I llama_context: n_batch               = 2048
        0.00.999.561 I llama_context: n_ubatch              = 512
        0.00.999.612 I llama_context: flash_attn            = auto
        0.00.999.638 I llama_context: kv_unified            = true
        0.01.001.754 I llama_context: n_outputs_max         = 4
        0.01.001.987 I llama_kv_cache:        CPU KV buffer size =    24.00 MiB
        0.01.187.308 I llama_kv_cache: size =   24.00 MiB (  8192 cells,   6 layers,  4/1 seqs), K (f16):   12.00 MiB, V (q8_0):   12.00 MiB
        0.01.190.708 I resolve_fused_ops: Flash Attention enabled
        0.01.206.582 I sched_reserve:        CPU compute buffer size =    17.77 MiB
        0.02.000.000 I llama_context: constructing llama_context
        0.02.001.987 I llama_kv_cache:        CPU KV buffer size =    99.00 MiB
        """;

    private static ServerLog Read(string log) => ServerLog.Read(log.Split('\n'));

    [Fact]
    public void Read_Log_HasPartsAndSettingsOfTheFirstContext()
    {
        var log = Read(Log);

        Assert.Equal((8192, 4, true, 2048), (log.ContextTokens, log.Slots, log.UnifiedCache, log.BatchTokens));
        Assert.Equal((512, 4, true, 11_669), (log.MicroBatchTokens, log.OutputTokens, log.FlashAttention, log.Build));
        Assert.Equal(("f16", "q8_0"), (log.KeyType?.Name, log.ValueType?.Name));
        Assert.Equal(24L << 20, log.KvBytes);
        Assert.InRange(log.WeightsBytes!.Value, (long)(18.55 * (1 << 20)), (long)(18.57 * (1 << 20)));
        Assert.Null(log.RecurrentBytes);
        Assert.True(log.Repack);
    }

    [Fact]
    public void Read_OldLogOfTwoDevices_AddsThemUp()
    {
        var log = Read("""
            build: 6123 (abcdef) with cc
            llama_context: flash_attn    = 0
            llama_kv_cache_unified:      CUDA0 KV buffer size =   100.00 MiB
            llama_kv_cache_unified:        CPU KV buffer size =    28.00 MiB
            llama_context:      CUDA0 compute buffer size =   300.00 MiB
            llama_context:  CUDA_Host compute buffer size =    16.00 MiB
            llama_memory_recurrent:        CPU RS buffer size =     0.67 MiB
            common_params_fit_impl: projected to use 5368 MiB of device memory vs. 24000 MiB of free device memory
            """);

        Assert.Equal((128L << 20, 316L << 20), (log.KvBytes, log.ComputeBytes));
        Assert.Equal(5368L << 20, log.ProjectedBytes);
        Assert.False(log.FlashAttention);
        Assert.Null(log.Apply(new ForecastSettings()).OutputTokens);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello\n\u001b[31m KV buffer size = much MiB")]
    [InlineData("llama_kv_cache: CPU KV buffer size = 99999999999999999999999999 MiB")]
    public void Read_NoLog_HasNoMemory(string text) => Assert.False(Read(text).HasMemory);

    [Fact]
    public void Compare_Log_ShowsTheErrorOfEachPart()
    {
        var shape = ModelShapeReader.Read(Model("llama", Transformer(6, 384, 6, 2, ("attention.key_length", 64u),
            ("attention.value_length", 64u), ("vocab_size", 32_768u), ("feed_forward_length", 1024u))));
        var log = Read(Log.Replace("V (q8_0)", "V (f16)", StringComparison.Ordinal));
        var parts = ComparedPart.Compare(shape, new ForecastSettings(), log, 1);

        Assert.Equal(0, parts.Single(part => part.Part == "kv").Error);
        Assert.InRange(parts.Single(part => part.Part == "compute").Error!.Value, -0.05, 0.05);
        var weights = parts.Single(part => part.Part == "weights");
        Assert.Null(weights.ForecastBytes);
        Assert.Null(weights.Error);
    }
}
