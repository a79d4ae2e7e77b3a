using System.ComponentModel;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Cli.Options;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Files;
using MemoryWall.Core.Plan;
using MemoryWall.Models.Forecast;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall sessions forecast</c>.</summary>
internal sealed class SessionsForecastOptions : RunStoreOptions
{
    [CommandOption("--trace <FILE>")]
    [Description("Requests in the format of Mooncake: a JSON object a line with timestamp, input_length, output_length and hash_ids")]
    public string Trace { get; init; } = "";

    [CommandOption("-m|--model <MODEL>")]
    [Description("The model whose KV cache is kept, as for memwall forecast, in a cache of blocks as in vLLM (default: the model and the "
        + "cache of --prefill-from's server; the embedded server keeps whole conversations)")]
    public string? Model { get; init; }

    [CommandOption("--weights <TYPE>")]
    [Description("Quantisation of a well-known model: f16, q8_0, q4_k_m, … (default: the usual download)")]
    public string? Weights { get; init; }

    [CommandOption("--kv-type <TYPE>")]
    [Description("Element type of the KV cache: f16, q8_0, q4_0, … (default: f16)")]
    public string? KvType { get; init; }

    [CommandOption("--ram <SIZES>")]
    [Description("RAM for KV caches: 64GiB, or several sizes: 16GiB,64GiB; 0 for none. 64GiB@25GB/s also counts the time to bring them "
        + "back, as over PCIe; without a bandwidth it takes none")]
    public string? Ram { get; init; }

    [CommandOption("--tier <STORAGES>")]
    [Description("Storage below it, with the bandwidth of reading: 1TB@5GB/s, or several: 1TB@5GB/s,8TB@5GB/s")]
    public string? Tier { get; init; }

    [CommandOption("--prefill-from <RUN>")]
    [Description("The run whose times are used: " + RunArgument.Meaning)]
    public string PrefillFrom { get; init; } = "";

    [CommandOption("--requests <COUNT>")]
    [Description("Only so many requests from the start of the trace (default: all)")]
    [Example(200)]
    public int? Requests { get; init; }

    [CommandOption("--scale-context <FACTOR>")]
    [Description("Shorten prompts and answers: 1/16 (default: 1)")]
    public string ScaleContext { get; init; } = "1";

    [CommandOption("--speed <FACTOR>")]
    [Description("Let requests arrive faster or slower than recorded: 10x, 0.1x (default: 1x)")]
    public string Speed { get; init; } = "1x";

    /// <summary>The sizes of RAM.</summary>
    /// <exception cref="FormatException">A size cannot be read, or there is no cache at all.</exception>
    public IReadOnlyList<RamSize> ToRam() => (Ram, Tier) switch
    {
        (null, null) => throw new FormatException("--ram or --tier: name the size of a cache; for example --ram 64GiB --tier 1TB@5GB/s"),
        (null, _) => [new RamSize(0)],
        ({ } text, _) => OptionParser.Parse("--ram", () => TraceText.ParseRam(text)),
    };

    /// <summary>The storages; none without the option.</summary>
    /// <exception cref="FormatException">A storage cannot be read.</exception>
    public IReadOnlyList<StorageSize> ToStorages() =>
        Tier is null ? [] : OptionParser.Parse("--tier", () => TraceText.ParseStorages(Tier));

    /// <summary>The requests.</summary>
    /// <exception cref="FormatException">There is no such file, or it is no trace.</exception>
    public ScaledTrace ReadTrace()
    {
        var (scale, speed) = (OptionParser.Parse("--scale-context", () => TraceText.ParseScale(ScaleContext)),
            OptionParser.Parse("--speed", () => TraceText.ParseSpeed(Speed)));
        if (Requests is < 1)
            throw new FormatException($"--requests: '{Requests}' is no number of requests, 1 or more; for example --requests 200");
        if (Trace.Length == 0)
            throw new FormatException("--trace: it is missing; name a trace, for example data/traces/example-conversation.jsonl");
        try
        {
            var file = ProgramFiles.Resolve(Trace);
            return new ScaledTrace(OptionParser.Parse("--trace", () => TraceReader.Read(file, Requests)), scale, speed);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"--trace: '{Trace}' cannot be read: {error.Message}", error);
        }
    }

    /// <summary>How long the server takes.</summary>
    /// <exception cref="FormatException">There is no such run, or it has no times.</exception>
    public (RunReport Run, MeasuredTimes Times) ReadTimes()
    {
        if (PrefillFrom.Length == 0)
            throw new FormatException("--prefill-from: it is missing; name a run with several contexts, for example samples/context-sweep");
        var run = RunReport.Create(RunArgument.Read(OpenStore(), "--prefill-from", PrefillFrom, withMarks: false));
        return (run, MeasuredTimes.Find(run) ?? throw new FormatException(
            $"--prefill-from: '{PrefillFrom}' has fewer than two contexts with prefill and generation; name a run with several contexts"));
    }

    /// <summary>Bytes of KV cache of a token.</summary>
    /// <exception cref="FormatException">The type is unknown, or the model has no KV cache of a known size.</exception>
    public double ToBytesPerToken(ModelShape? shape, TargetOptions measured)
    {
        var settings = OptionParser.Parse("--kv-type", () => ForecastSettings.FromOptions(
            Model is null && KvType is null ? measured : new TargetOptions { KvType = KvType }));
        return KvTokenBytes.Find(shape, settings) ?? throw new FormatException(Model is null
            ? "--model: it is missing, and the run does not tell its model's shape; name the model, for example llama-3.1-8b"
            : $"--model: the KV cache of '{Model}' cannot be forecast, since its shape has no layer that attends or does not say its size");
    }
}
