using System.Buffers;
using System.Text.Json;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Http;

/// <summary>Writes frames as lines of JSON.</summary>
internal sealed class FrameWriter
{
    private readonly string _model;
    private readonly TimeProvider _time;
    private readonly Func<LoadedModel?> _loaded;
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _json;
    private readonly long _started;

    // Most frames contain tokens, so all of them reuse these objects.
    private readonly FrameExtension _tokenTimes = new();
    private readonly GenerateFrame _timedTokens;
    private readonly GenerateFrame _plainTokens;

    public FrameWriter(string model, TimeProvider time, Func<LoadedModel?> loaded)
    {
        (_model, _time, _loaded) = (model, time, loaded);
        _json = new Utf8JsonWriter(_buffer);
        _started = time.GetTimestamp();
        _plainTokens = new GenerateFrame { Model = model, Done = false };
        _timedTokens = _plainTokens with { Extension = _tokenTimes };
    }

    /// <summary>The bytes written since the last <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    public void Clear() => _buffer.ResetWrittenCount();

    public void WriteProgress(ProgressFrame frame) => WriteUnfinished(new FrameExtension
    {
        PromptProgress = new PromptProgress { Done = frame.Done, Total = frame.Total, ElapsedNanoseconds = frame.ElapsedNanoseconds },
    });

    public void WriteProbe(ProbeFrame frame) => WriteUnfinished(new FrameExtension { Probe = frame.Probe });

    /// <summary>Writes one line for all tokens that are ready.</summary>
    public void WriteTokens(string text, List<long> elapsed, bool withTimes)
    {
        _tokenTimes.TokenTimes = elapsed;
        var frame = withTimes ? _timedTokens : _plainTokens;
        frame.CreatedAt = _time.GetUtcNow();
        frame.Response = text;
        WriteLine(frame);
    }

    public void WriteFinal(FinalFrame final, string text) => WriteLine(final.Frame with
    {
        Model = _model,
        CreatedAt = _time.GetUtcNow(),
        Response = text,
        Done = true,
        // The frames of a load and an unload have no token counts.
        TotalNanoseconds = final.Frame.PromptTokens is null ? null : (long)(_time.GetElapsedTime(_started).TotalSeconds * 1e9),
        Extension = final.Frame.Extension is { } extension ? DescribeModel(extension) : null,
    });

    public void WriteFailure(string message) => WriteLine(new GenerateFrame { Error = message });

    private void WriteUnfinished(FrameExtension extension) => WriteLine(
        new GenerateFrame { Model = _model, CreatedAt = _time.GetUtcNow(), Response = "", Done = false, Extension = extension });

    private FrameExtension DescribeModel(FrameExtension extension) => _loaded() is not { } model ? extension : extension with
    {
        Tier = extension.Tier ?? model.Tier,
        WindowTokens = model.WindowTokens,
        WeightsBytes = model.Buffers.Weights,
        KvBytes = model.Buffers.Kv,
        ComputeBytes = model.Buffers.Compute,
        Threads = model.Context.Threads,
        PrefillThreads = model.Context.BatchThreads,
        BatchTokens = model.Context.BatchTokens,
        // A tier without room for repacked weights computes with plain ones.
        Repack = model.Model.Repack && (extension.Tier ?? model.Tier)?.RepackNote is null,
    };

    private void WriteLine(GenerateFrame frame)
    {
        _json.Reset();
        JsonSerializer.Serialize(_json, frame, FrameJson.Default.GenerateFrame);
        _buffer.Write("\n"u8);
    }
}
