using MemoryWall.Models.Gguf;
using MemoryWall.ScriptedServer;

namespace MemoryWall.Cli.Tests;

public class ForecastTests
{
    // Scripts read this output, so its names must not change.
    [Fact]
    public async Task Json_HasTheRowsAndTheWallByName()
    {
        using var memwall = await InProcess.RunAsync("forecast", "--model", "llama-3.1-8b", "--budget", "16GiB", "--contexts", "2k,8k",
            "--json");
        Assert.Equal(0, memwall.ExitCode);
        var rows = memwall.Json["rows"]!.AsArray();
        Assert.Equal([2048, 8192], rows.Select(row => (int)row!["context_tokens"]!));
        // 32 layers of 8 heads of 128 keys and values, 2 bytes each: 128 KiB a token.
        Assert.Equal([2048L * 131_072, 8192L * 131_072], rows.Select(row => (long)row!["kv_bytes"]!));
        foreach (var row in rows)
            Assert.Equal((long)row!["total_bytes"]!, (long)row["weights_bytes"]! + (long)row["kv_bytes"]! + (long)row["compute_bytes"]!);
        Assert.InRange((int)memwall.Json["wall_tokens"]!, 80_000, 110_000);
    }

    [Fact]
    public async Task Budget_DecimalAndBinaryUnits_AreNotTheSame()
    {
        async Task<int> WallAsync(string budget)
        {
            using var memwall = await InProcess.RunAsync("forecast", "--model", "llama-3.1-8b", "--budget", budget, "--json");
            return (int)memwall.Json["wall_tokens"]!;
        }
        // 16 GiB are 1.18 GB more than 16 GB, at 128 KiB a token.
        Assert.InRange(await WallAsync("16GiB") - await WallAsync("16GB"), 8_500, 9_100);
    }

    [Fact]
    public async Task Budget_SmallerThanTheWeights_HasNoWallAndSaysWhy()
    {
        using var json = await InProcess.RunAsync("forecast", "--model", "llama-3.1-8b", "--budget", "2GiB", "--json");
        Assert.Equal(0, json.ExitCode);
        Assert.Null(json.Json["wall_tokens"]);
        using var text = await InProcess.RunAsync("forecast", "--model", "llama-3.1-8b", "--budget", "2GiB");
        Assert.Contains("No context fits into 2.00 GiB: the weights alone take 4.", text.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--model", "llama-3-8b", "Did you mean llama-3.1-8b")]
    [InlineData("--model", "qqq", "'memwall models' lists the names; or write a .gguf file")]
    [InlineData("--model", "nano,heads=7", "--model: heads")]
    [InlineData("--model", "/no/such/file.gguf", "--model: '/no/such/file.gguf' cannot be read")]
    [InlineData("--kv-type", "q3", "--kv-type: 'q3'")]
    [InlineData("--budget", "much", "--budget: 'much'")]
    [InlineData("--budget", "0", "--budget: '0'")]
    [InlineData("--vram", "8GiB", "--vram needs --budget")]
    [InlineData("--weights", "q4_k_m", "--weights is for well-known models only")]
    [InlineData("--contexts", "2k..8k", "--contexts: the range")]
    [InlineData("--flash-attention", "maybe", "--flash-attention: 'maybe'")]
    [InlineData("--parallel", "0", "sequences is 0")]
    [InlineData("--parallel", "some", "--parallel: 'some'")]
    [InlineData("--cache-type-k", "q3", "--cache-type-k: 'q3'")]
    [InlineData("--cache-type-v", "f8", "--cache-type-v: 'f8'")]
    [InlineData("--tensor-split", "3,x", "--tensor-split: 'x'")]
    [InlineData("--split-mode", "column", "--split-mode: 'column'")]
    [InlineData("--main-gpu", "1", "the main GPU is 1")]
    [InlineData("--override-tensor", "exps", "--override-tensor: 'exps' is no rule")]
    [InlineData("--override-tensor", "exps=CUDA3", "moved to GPU 3; there are 1")]
    [InlineData("--vram", "8GiB,much", "--vram: 'much'")]
    [InlineData("--ubatch", "0", "micro_batch_tokens is 0")]
    [InlineData("--draft-max", "4", "has no layers that predict further tokens")]
    [InlineData("--draft-model", "/no/such/file.gguf", "--draft-model: '/no/such/file.gguf' cannot be read")]
    [InlineData("--draft-model", "qqq", "--draft-model: 'qqq' is unknown")]
    [InlineData("--draft-model", "ollama://127.0.0.1:9/x", "--draft-model: 'ollama://127.0.0.1:9/x' is a server's model")]
    [InlineData("--cache-type-k-draft", "q8_0", "--cache-type-k-draft is for what drafts")]
    [InlineData("--mmproj", "/no/such/file.gguf", "--mmproj: '/no/such/file.gguf' cannot be read")]
    public async Task OptionThatCannotBe_IsNamed(string option, string value, string said)
    {
        using var memwall = await InProcess.RunAsync("forecast", option, value);
        Assert.Equal(2, memwall.ExitCode);
        Assert.Contains(said, memwall.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DraftModel_AddsItsWeightsCacheAndBuffer()
    {
        string[] main = ["forecast", "--model", "llama-3.1-8b", "--contexts", "8k", "--parallel", "1", "--json"];
        using var plain = await InProcess.RunAsync(main);
        using var alone = await InProcess.RunAsync("forecast", "--model", "llama-3.2-1b", "--contexts", "8k", "--parallel", "1", "--json");
        using var both = await InProcess.RunAsync([.. main, "--draft-model", "llama-3.2-1b"]);
        using var wide = await InProcess.RunAsync([.. main, "--draft-model", "llama-3.2-1b", "--cache-type-k-draft", "q8_0",
            "--cache-type-v-draft", "q8_0"]);
        static long Row(InProcess memwall, string name)
        {
            Assert.True(memwall.ExitCode == 0, memwall.Error);
            return (long)memwall.Json["rows"]![0]![name]!;
        }

        Assert.Equal(Row(alone, "total_bytes"), Row(both, "draft_bytes"));
        Assert.Equal(Row(plain, "weights_bytes") + Row(plain, "kv_bytes"), Row(both, "weights_bytes") + Row(both, "kv_bytes"));
        // Half of 8,192 cells of 16 layers of 8 heads of 64 keys and values, but for the scales.
        Assert.InRange(Row(both, "draft_bytes") - Row(wide, "draft_bytes"), 110L << 20, 128L << 20);
        using var text = await InProcess.RunAsync("forecast", "--model", "llama-3.1-8b", "--contexts", "8k", "--draft-model",
            "llama-3.2-1b");
        Assert.Contains("drafts", text.Output, StringComparison.Ordinal);
        using var nothing = await InProcess.RunAsync([.. main, "--draft-model", "llama-3.2-1b", "--draft-max", "0"]);
        Assert.Equal(2, nothing.ExitCode);
        Assert.Contains("--draft-max is 0", nothing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Machines_AsJson_HaveFitsBoundsAndSentences()
    {
        using var memwall = await InProcess.RunAsync("forecast", "--model", "llama-3.1-8b,qwen3-30b-a3b", "--machine",
            "small=16GB,64GB+24GB-gpu", "--contexts", "8k,128k", "--bandwidth", "gpu=1TB/s", "--bandwidth-from", "samples/wall-managed",
            "--parallel", "1", "--json");
        Assert.True(memwall.ExitCode == 0, memwall.Error);
        Assert.Equal(["llama-3.1-8b", "qwen3-30b-a3b"], memwall.Json["models"]!.AsArray().Select(model => (string)model!["model"]!));
        var machines = memwall.Json["models"]![0]!["machines"]!.AsArray();
        Assert.Equal(["small", "64GB+24GB-gpu"], machines.Select(machine => (string)machine!["machine"]!));
        Assert.StartsWith("llama-3.1-8b on small (16GB): up to ", (string)machines[0]!["sentence"]!, StringComparison.Ordinal);
        Assert.Equal(["ram", "storage"], machines[0]!["contexts"]!.AsArray().Select(fit => (string)fit!["tier"]!));
        Assert.Equal(["accelerator", "accelerator"], machines[1]!["contexts"]!.AsArray().Select(fit => (string)fit!["tier"]!));
        var fit = machines[0]!["contexts"]![0]!;
        var ram = (double)memwall.Json["bandwidths"]!["ram"]!["bytes_per_second"]!;
        Assert.Equal(ram / (double)fit["ram_read_bytes"]!, (double)fit["max_tokens_per_second"]!, 6);
        Assert.Equal("20261130-070920-78f4a0eb", (string)memwall.Json["bandwidths"]!["storage"]!["measured_by"]!);
        Assert.Null(memwall.Json["bandwidths"]!["unified"]);
        Assert.Equal(12L << 30, (long)memwall.Json["machines"]![0]!["usable_ram_bytes"]!);
    }

    [Theory]
    [InlineData("--machine: 'gup' in '24GB-gup' is not a kind of memory", "--machine", "24GB-gup")]
    [InlineData("--machine: '32' has no unit", "--machine", "32")]
    [InlineData("--bandwidth: '60GB/s' does not name a memory", "--machine", "16GB", "--bandwidth", "60GB/s")]
    [InlineData("--reserve: '16' has no unit", "--machine", "16GB", "--reserve", "16")]
    [InlineData("--bandwidth needs --machine", "--bandwidth", "ram=1GB/s")]
    [InlineData("--budget cannot be combined with --machine", "--machine", "16GB", "--budget", "8GiB")]
    [InlineData("--cpu-moe cannot be combined with --machine", "--machine", "16GB", "--cpu-moe")]
    [InlineData("--gb cannot be combined with --machine", "--machine", "16GB", "--gb")]
    [InlineData("--model: 'qqq' is unknown", "--machine", "16GB", "--model", "llama-3.1-8b,qqq")]
    [InlineData("has an empty model", "--machine", "16GB", "--model", "llama-3.1-8b,")]
    public async Task MachineThatCannotBe_IsNamed(string said, params string[] options)
    {
        using var memwall = await InProcess.RunAsync([.. options.Prepend("forecast")]);
        Assert.Equal(2, memwall.ExitCode);
        Assert.Contains(said, memwall.Error, StringComparison.Ordinal);
    }

    // A forecast for a model of 4.5 GB must not write the model's file.
    [Fact]
    public async Task Preset_IsForecastWithoutAFile()
    {
        var cache = Directory.CreateTempSubdirectory("memwall-forecast-tests-").FullName;
        try
        {
            using var memwall = Memwall.Start(["forecast", "--model", "8b", "--json"], start => start.Environment["MEMWALL_CACHE"] = cache);
            Assert.Equal(0, await memwall.ExitAsync());
            Assert.True((long)memwall.Json["rows"]![0]!["weights_bytes"]! > 4_000_000_000);
            Assert.Empty(Directory.GetFiles(cache, "*.gguf", SearchOption.AllDirectories));
        }
        finally
        {
            Directory.Delete(cache, recursive: true);
        }
    }

    // Vendors write 128k for 128,000 tokens; 15.625 GiB is what llama.cpp prints for them.
    [Fact]
    public async Task Contexts_InDecimalThousands_AreTakenAsTheyAre()
    {
        using var memwall = await InProcess.RunAsync("forecast", "--model", "llama-3.1-8b", "--contexts", "128000", "--json");
        Assert.Equal(0, memwall.ExitCode);
        Assert.Equal((long)(15.625 * (1L << 30)), (long)memwall.Json["rows"]![0]!["kv_bytes"]!);
        Assert.Equal(4, (int)memwall.Json["slots"]!);
        Assert.True((bool)memwall.Json["unified_cache"]!);
    }

    [Fact]
    public async Task Slots_EachWithItsPart_AreForecastAsServed()
    {
        using var memwall = await InProcess.RunAsync("forecast", "--model", "gpt-oss-20b", "--contexts", "8k", "--kv-type", "q8_0",
            "--parallel", "1", "--ubatch", "128", "--json");
        Assert.Equal(0, memwall.ExitCode);
        Assert.Equal((long)((102.00 + 3.1875) * (1 << 20)), (long)memwall.Json["rows"]![0]!["kv_bytes"]!);
    }

    [Fact]
    public async Task Totals_InGigabytes_AreBesideGibibytes()
    {
        using var memwall = await InProcess.RunAsync("forecast", "--model", "llama-3.1-8b", "--contexts", "128000", "--gb");
        Assert.Equal(0, memwall.ExitCode);
        Assert.Contains("total in GB", memwall.Output, StringComparison.Ordinal);
        Assert.Contains(" GB", memwall.Output, StringComparison.Ordinal);
        Assert.Contains(" GiB", memwall.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_WithAConfiguration_IsForecastForVllm()
    {
        var folder = Directory.CreateTempSubdirectory("memwall-checkpoint-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "config.json"), """
                {"num_hidden_layers":28,"hidden_size":2048,"num_attention_heads":16,"num_key_value_heads":8,"head_dim":128,
                "intermediate_size":6144,"max_position_embeddings":40960,"vocab_size":151936,"torch_dtype":"bfloat16"}
                """, TestContext.Current.CancellationToken);
            const string Header = """{"w":{"dtype":"BF16","shape":[2,2],"data_offsets":[0,8]}}""";
            await File.WriteAllBytesAsync(Path.Combine(folder, "model.safetensors"),
                [.. BitConverter.GetBytes((long)Header.Length), .. System.Text.Encoding.UTF8.GetBytes(Header), .. new byte[8]],
                TestContext.Current.CancellationToken);
            using var given = await InProcess.RunAsync("forecast", "--model", folder, "--kv-cache-memory", "18.78GiB", "--contexts", "1k");
            Assert.True(given.ExitCode == 0, given.Error);
            Assert.Contains("GPU KV cache size: 175,8", given.Output, StringComparison.Ordinal);
            using var json = await InProcess.RunAsync("forecast", "--model", folder, "--vram", "24GiB", "--engine", "sglang", "--json");
            Assert.True(json.ExitCode == 0, json.Error);
            Assert.True((bool)json.Json["is_estimate"]!);
            using var missing = await InProcess.RunAsync("forecast", "--model", folder);
            Assert.Equal(2, missing.ExitCode);
            Assert.Contains("--vram is needed", missing.Error, StringComparison.Ordinal);
            string[][] ofLlamaCpp = [["--kv-type", "q8_0"], ["--cache-type-k", "q8_0"], ["--parallel", "2"], ["--gpu-layers", "9"],
                ["--budget", "8GiB"], ["--log", "x"], ["--gb"], ["--weights", "q8_0"], ["--swa-full"], ["--draft-max", "4"],
                ["--draft-model", "x.gguf"]];
            foreach (var option in ofLlamaCpp)
            {
                using var ignored = await InProcess.RunAsync(["forecast", "--model", folder, "--vram", "24GiB", .. option]);
                Assert.Equal(2, ignored.ExitCode);
                Assert.Contains($"{option[0]} is for llama.cpp", ignored.Error, StringComparison.Ordinal);
            }
            using var other = await InProcess.RunAsync("forecast", "--model", "llama-3.1-8b", "--tensor-parallel", "2");
            Assert.Equal(2, other.ExitCode);
            Assert.Contains("--tensor-parallel is for vLLM and SGLang", other.Error, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Address_ThatCannotBeRead_IsNamedWithoutItsQuery()
    {
        using var memwall = await InProcess.RunAsync("forecast", "--model", "http://127.0.0.1:9/x.gguf?key=secret");
        Assert.Equal(2, memwall.ExitCode);
        Assert.Contains("--model: 'http://127.0.0.1:9/x.gguf' cannot be read", memwall.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", memwall.Error, StringComparison.Ordinal);
    }

    // A llama-server's model can have the name of its file.
    [Fact]
    public async Task Address_WithoutSuchAFile_NamesTheSchemesOfServers()
    {
        await using var server = LlamaServerScript.Start(new Behaviour());
        using var memwall = await InProcess.RunAsync("forecast", "--model", $"http://{server.Endpoint.Authority}/model.gguf");
        Assert.Equal(2, memwall.ExitCode);
        Assert.Contains("status 404; a server's model is written llama-server://", memwall.Error.ReplaceLineEndings(" "),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Placement_OverGpusWithTheirOwnSizes_IsShownForEach()
    {
        string[] options = ["forecast", "--model", "qwen3-30b-a3b", "--contexts", "8k", "--gpu-layers", "99", "--budget", "64GiB",
            "--vram", "24GiB,8GiB", "--override-tensor", @"blk\.[0-9]\..*exps=CPU", "--override-tensor", "nothing=CPU"];
        using var json = await InProcess.RunAsync([.. options, "--json"]);
        Assert.True(json.ExitCode == 0, json.Error);
        var gpus = json.Json["rows"]![0]!["accelerators"]!.AsArray().Select(gpu => (long)gpu!["weights_bytes"]!).ToList();
        // Without shares the layers follow the sizes, three to one; the experts of the first ten layers are in RAM.
        Assert.InRange((double)gpus[0] / gpus[1], 2.0, 2.5);
        using var text = await InProcess.RunAsync(options);
        Assert.Contains("64.0 GiB of RAM and 24.0 GiB + 8.00 GiB of accelerator memory", text.Output.ReplaceLineEndings(" "),
            StringComparison.Ordinal);
        Assert.Contains("No tensor of this model matches 'nothing'", text.Output, StringComparison.Ordinal);
        Assert.Contains("GPU 1", text.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ModelOfAServer_IsForecastFromWhatItTells()
    {
        await using var server = OllamaScript.Start(new Behaviour(), OllamaGeneration.New);
        using var memwall = await InProcess.RunAsync("forecast", "--model", $"ollama://{server.Endpoint.Authority}/tiny", "--contexts",
            "1k", "--json");
        Assert.True(memwall.ExitCode == 0, memwall.Error);
        // 2 layers of 2 heads of 16 keys and values, 2 bytes each.
        Assert.Equal(1024 * 2 * 2 * 2 * 16 * 2, (long)memwall.Json["rows"]![0]!["kv_bytes"]!);
    }

    [Fact]
    public async Task RunningLlamaServer_TellsItsSlotsWindowAndBuild()
    {
        await using var server = LlamaServerScript.Start(new Behaviour { Window = 4096 });
        var file = Path.Combine(Path.GetTempPath(), $"memwall-forecast-{Guid.NewGuid():n}.gguf");
        await File.WriteAllBytesAsync(file, GgufWriter.BuildHeader(new Dictionary<string, object>
        {
            ["general.architecture"] = "llama",
            ["llama.block_count"] = 2u,
            ["llama.embedding_length"] = 64u,
            ["llama.attention.head_count"] = 4u,
            ["llama.vocab_size"] = 100u,
        }, []), TestContext.Current.CancellationToken);
        try
        {
            var target = $"llama-server://{server.Endpoint.Authority}";
            using var json = await InProcess.RunAsync("forecast", "--model", target, "--gguf", file, "--json");
            Assert.True(json.ExitCode == 0, json.Error);
            Assert.Equal(4096, (int)json.Json["rows"]!.AsArray().Single()!["context_tokens"]!);
            Assert.Equal(1, (int)json.Json["slots"]!);
            Assert.Equal(11_669, (int)json.Json["server"]!["build"]!);
            using var text = await InProcess.RunAsync("forecast", "--model", target, "--gguf", file);
            Assert.Contains("llama-server tells 1 slot, a window of 4,096 tokens, build 11669; assumed: KV cache f16/f16",
                text.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
            Assert.Contains("has allocated this since its start", text.Output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task RunningOllama_TellsWhatItsModelTakes()
    {
        await using var server = OllamaScript.Start(new Behaviour(), OllamaGeneration.New);
        using var memwall = await InProcess.RunAsync("forecast", "--model", $"ollama://{server.Endpoint.Authority}/tiny", "--json");
        Assert.True(memwall.ExitCode == 0, memwall.Error);
        Assert.Equal(1, (int)memwall.Json["slots"]!);
        Assert.Equal("ollama", (string)memwall.Json["server"]!["kind"]!);
    }

    [Fact]
    public async Task Log_IsLaidBesideTheForecastPartByPart()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """
            llama_context: n_ctx         = 8192
            llama_kv_cache:        CPU KV buffer size =  1024.00 MiB
            """, TestContext.Current.CancellationToken);
        try
        {
            using var json = await InProcess.RunAsync("forecast", "--model", "llama-3.1-8b", "--log", file, "--json");
            Assert.True(json.ExitCode == 0, json.Error);
            var kv = json.Json["compared"]!.AsArray().Single(part => (string)part!["part"]! == "kv")!;
            Assert.Equal((1L << 30, 0.0), ((long)kv["server_bytes"]!, (double)kv["error"]!));
            await File.WriteAllTextAsync(file, "nothing of it", TestContext.Current.CancellationToken);
            using var none = await InProcess.RunAsync("forecast", "--model", "llama-3.1-8b", "--log", file);
            Assert.Equal(2, none.ExitCode);
            Assert.Contains("has no line about memory", none.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task TwoTiers_AreShownApartAndHeldAgainstTheirOwn()
    {
        using var memwall = await InProcess.RunAsync("forecast", "--model", "llama-3.1-8b", "--budget", "16GiB", "--vram", "4GiB",
            "--gpu-layers", "20", "--contexts", "8k");
        Assert.Equal(0, memwall.ExitCode);
        Assert.Contains("in VRAM", memwall.Output, StringComparison.Ordinal);
        Assert.Contains("16.0 GiB of RAM and 4.00 GiB of accelerator memory", memwall.Output, StringComparison.Ordinal);
    }
}
