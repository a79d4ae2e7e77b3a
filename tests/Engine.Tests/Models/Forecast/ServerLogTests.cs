using MemoryWall.Models.Forecast;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Synthetic;
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
    public void Read_ContextThatReservesAgain_HasTheLastBuffers()
    {
        const string Main = "llama_context: constructing llama_context\nsched_reserve: reserving ...\n"
            + "sched_reserve:      CUDA0 compute buffer size =    30.00 MiB\nsched_reserve:      CPU compute buffer size =     8.00 MiB\n";
        const string Drafts = "llama_context: constructing llama_context\nllama_kv_cache:        CPU KV buffer size =     8.00 MiB\n"
            + "sched_reserve: reserving ...\nsched_reserve:        CPU compute buffer size =    34.01 MiB\n";
        const string Again = "sched_reserve: reserving ...\nsched_reserve:        CPU compute buffer size =    34.50 MiB\n";

        Assert.Equal((38.00, 42.01), (Mib(Read(Main + Drafts).ComputeBytes), Mib(Read(Main + Drafts).DraftBytes)));
        Assert.Equal((38.00, 42.50), (Mib(Read(Main + Drafts + Again).ComputeBytes), Mib(Read(Main + Drafts + Again).DraftBytes)));
        Assert.Equal(34.50, Mib(Read(Main + Again).ComputeBytes));
        // A log that ends before the new size has the old one.
        Assert.Equal(42.01, Mib(Read(Main + Drafts + "sched_reserve: reserving ...").DraftBytes));
    }

    // A server of small (30 layers) that drafts three tokens with nano (6 layers).
    [Fact]
    public void Read_DraftModel_IsApartFromTheModel()
    {
        var log = ServerLog.Read(Recorded.Lines("llama-server-draft.log"));
        Assert.Equal((87.33, 180.00, 22.64), (Mib(log.WeightsBytes), Mib(log.KvBytes), Mib(log.ComputeBytes)));
        Assert.Equal(6.75 + 11.81 + 24.00 + 17.77, Mib(log.DraftBytes)!.Value, 0.011);

        // Logits are for the drafted tokens too.
        var settings = log.Apply(new ServerOptions { DraftTokens = 3 }.Apply(new()));
        Assert.Equal((4 * (1 + 3), 8192), (settings.OutputTokens, log.ContextTokens));
        Assert.Equal(settings.OutputTokens, new ServerOptions { DraftTokens = 3 }.Apply(new()).OutputTokens);
        var small = MemoryForecast.Compute(RecordedBuffers.ShapeOf("small"), settings with { DraftTokens = 0 }, 8192);
        Assert.Equal((180.00, 22.64), (Mib(small.KvBytes), Mib(small.ComputeBytes)));

        // The draft model is forecast as any other, with the server's slots and context.
        var nano = MemoryForecast.Compute(RecordedBuffers.ShapeOf("nano"), new ServerOptions().Apply(new()), 8192);
        Assert.Equal((24.00, 17.77), (Mib(nano.KvBytes), Mib(nano.ComputeBytes)));

        var drafts = ComparedPart.Compare(RecordedBuffers.ShapeOf("small"), new(), log, 1).Single(part => part.Part == "drafts");
        Assert.Equal((null, log.DraftBytes), (drafts.ForecastBytes, drafts.ServerBytes));

        // The weights of the shape are not those of the file, of which a part is repacked.
        var named = ComparedPart.Compare(RecordedBuffers.ShapeOf("small"), new ForecastSettings
        {
            DraftTokens = 3,
            DraftModel = RecordedBuffers.ShapeOf("nano"),
        }, log, 1).Single(part => part.Part == "drafts");
        Assert.Equal(24.00 + 17.77, Mib(named.ForecastBytes - RecordedBuffers.ShapeOf("nano").WeightBytes)!.Value, 0.011);
    }

    // DeepSeek-V4 keeps tokens that are not compressed yet in three buffers of their own.
    [Fact]
    public void Read_StatesOfCompressors_AreRecurrent()
    {
        var log = Read("""
            llama_kv_cache:        CPU KV buffer size =     3.00 MiB
            llama_dsv4_comp_state:        CPU DSV4 csa state buffer size =     0.25 MiB
            llama_dsv4_comp_state:        CPU DSV4 hca state buffer size =     1.50 MiB
            llama_kv_cache:        CPU KV buffer size =     2.00 MiB
            """);
        Assert.Equal((5.00, 1.75), (Mib(log.KvBytes), Mib(log.RecurrentBytes)));
    }

    private static double? Mib(long? bytes) => bytes is { } known ? Math.Round(known / (double)(1 << 20), 2) : null;

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

    // Formats of common/fit.cpp, November 2026, and numbers of llama.cpp#16653 with the words of that version.
    private const string Fit = """
        common_memory_breakdown_print: | memory breakdown [MiB]      | total   free      self    model   context   compute    unaccounted |
        common_memory_breakdown_print: |   - CUDA0 (RTX 6000 Ada)    | 48508 = 48000 + (201672 = 190000 +   11000 +     672) +         172 |
        common_memory_breakdown_print: |   - CUDA1 (RTX 6000 Ada)    | 48508 = 48000 + (208920 = 198000 +   10000 +     920) +         172 |
        common_memory_breakdown_print: |   - Host                    |                     541 =    393 +       0 +     148                |
        common_params_fit_impl: projected memory use with initial parameters [MiB]:
        common_params_fit_impl:   - CUDA0 (NVIDIA RTX 6000 Ada Generation):  48508 total, 201672 used, -153599 free vs. target of   1024
        common_params_fit_impl:   - CUDA1 (NVIDIA RTX 6000 Ada Generation):  48508 total, 208920 used, -160846 free vs. target of   1024
        common_params_fit_impl: projected to use 410593 MiB of device memory vs. 97017 MiB of free device memory
        common_params_fit_impl: context size reduced from 131072 to 4096 -> need 1000 MiB less memory in total
        common_memory_breakdown_print: |   - CUDA0 (RTX 6000 Ada)    | 48508 = 48000 + (   672 =      0 +       0 +     672) +         172 |
        """;

    [Fact]
    public void Read_FitRun_HasEachDeviceBeforeAnyChange()
    {
        var log = Read(Fit);

        Assert.Equal(["CUDA0", "CUDA1", "Host"], log.Projected.Select(device => device.Name));
        Assert.Equal(new ProjectedDevice("CUDA1", 208_920L << 20, 198_000L << 20, 10_000L << 20, 920L << 20), log.Projected[1]);
        Assert.Equal(new ProjectedDevice("Host", 541L << 20, 393L << 20, 0, 148L << 20), log.Projected[2]);
        Assert.Equal((410_593L << 20, 131_072), (log.ProjectedBytes, log.ProjectedContextTokens));
        Assert.Null(log.ProjectedHostBytes);
    }

    [Fact]
    public void Read_OldFitRun_HasTheSumOfEachDevice()
    {
        var log = Read("""
            llama_params_fit_impl:   - CUDA0 (NVIDIA RTX 6000 Ada Generation):  48508 total, 201672 used, 153599 deficit
            llama_params_fit_impl:   - CUDA1 (NVIDIA RTX 6000 Ada Generation):  48508 total, 208920 used, 160846 deficit
            """);
        Assert.Equal([201_672L << 20, 208_920L << 20], log.Projected.Select(device => device.Bytes));
        Assert.True(log.HasMemory);
    }

    [Fact]
    public void Compare_FitRun_LaysEachDeviceBesideTheForecastAtTheFirstContext()
    {
        var shape = ModelShapeReader.Read(Model("llama", Transformer(6, 256, 8, 2, ("feed_forward_length", 640u), ("vocab_size", 2000u))));
        var settings = new ForecastSettings { GpuLayers = 99, TensorSplit = [1, 1] };
        var parts = ComparedPart.Compare(shape, settings, Read(Fit), 4096).ToDictionary(part => part.Part);
        var row = MemoryForecast.Compute(shape, settings, 131_072);

        Assert.Equal(row.Accelerators![1].KvBytes, parts["CUDA1 context"].ForecastBytes);
        Assert.Equal(10_000L << 20, parts["CUDA1 context"].ServerBytes);
        Assert.Equal(541L << 20, parts["host"].ServerBytes);
    }

    // Build 11669 without an accelerator: what it projects is RAM, and each range of mapped weights is mapped apart.
    [Fact]
    public void Read_LogWithoutAccelerator_ProjectsRam()
    {
        var log = Read("""
            0.00.339.626 I common_memory_breakdown_print: |   - Host        |                   48 =     6 +      24 +      17          |
            0.00.339.642 I common_memory_breakdown_print: |   - CPU_REPACK  |                   11 =    11 +       0 +       0          |
            0.00.345.584 I common_params_fit_impl: projected to use 48 MiB of host memory vs. 24105 MiB of total host memory
            0.00.446.965 I load_tensors:   CPU_Mapped model buffer size =     6.75 MiB
            0.00.447.003 I load_tensors:   CPU_Mapped model buffer size =     0.00 MiB
            0.00.447.181 I load_tensors:   CPU_REPACK model buffer size =    11.81 MiB
            """);
        Assert.Null(log.ProjectedBytes);
        Assert.Equal(48L << 20, log.ProjectedHostBytes);
        Assert.True(log.Apply(new ForecastSettings()).MapsRangesApart);
    }

    // The nano preset: 18.56 MiB as that build logs it.
    [Fact]
    public void Compute_TiedRepackedWeights_AreAsLogged()
    {
        var shape = SyntheticModelCache.GetShape(SyntheticSpec.Parse("nano"));
        var row = MemoryForecast.Compute(shape, new ForecastSettings { Repack = true, MapsRangesApart = true }, 8192);
        Assert.Equal(18.56, row.WeightsBytes!.Value / (double)(1 << 20), 0.03);
    }
}
