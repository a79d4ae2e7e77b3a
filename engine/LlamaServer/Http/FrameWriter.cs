using System.Buffers;
using System.Text.Json;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Http;

/// <summary>Writes frames as lines of JSON in Ollama's form, with our own fields beside where the client asked for them.</summary>
internal sealed class FrameWriter(string model, TimeProvider time, Func<LoadedModel?> loaded)
{
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly long _started = time.GetTimestamp();

    /// <summary>What was written since the last <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    public void Clear() => _buffer.ResetWrittenCount();

    public void WriteProgress(ProgressFrame frame) => WriteLine(writer =>
    {
        WriteHead(writer, "", done: false);
        writer.WriteStartObject(EmbeddedProtocol.ObjectName);
        writer.WriteStartObject(EmbeddedProtocol.PromptProgress);
        writer.WriteNumber("done", frame.Done);
        writer.WriteNumber("total", frame.Total);
        writer.WriteNumber("elapsed_ns", frame.ElapsedNanoseconds);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    /// <summary>One line for several tokens that were ready at once.</summary>
    public void WriteTokens(string text, List<long> elapsed, bool withTimes) => WriteLine(writer =>
    {
        WriteHead(writer, text, done: false);
        if (!withTimes)
            return;
        writer.WriteStartObject(EmbeddedProtocol.ObjectName);
        writer.WriteStartArray("elapsed_ns");
        foreach (var value in elapsed)
            writer.WriteNumberValue(value);
        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    public void WriteFinal(FinalFrame frame, string text) => WriteLine(writer =>
    {
        WriteHead(writer, text, done: true);
        writer.WriteString("done_reason", frame.DoneReason);
        if (frame.Report is not { } report)
            return;
        if (frame.DoneReason != "load")
        {
            writer.WriteNumber("total_duration", (long)(time.GetElapsedTime(_started).TotalSeconds * 1e9));
            writer.WriteNumber("load_duration", report.LoadNanoseconds);
            writer.WriteNumber("prompt_eval_count", report.PromptTokens);
            writer.WriteNumber("prompt_eval_cached_count", report.CachedPromptTokens);
            writer.WriteNumber("prompt_eval_duration", report.PrefillNanoseconds);
            writer.WriteNumber("eval_count", report.OutputTokens);
            writer.WriteNumber("eval_duration", report.GenerationNanoseconds);
        }
        WriteReport(writer, report);
    });

    public void WriteProbe(ProbeFrame frame) => WriteLine(writer =>
    {
        WriteHead(writer, "", done: false);
        writer.WriteStartObject(EmbeddedProtocol.ObjectName);
        writer.WriteStartObject(EmbeddedProtocol.DepthProbeObject);
        writer.WriteNumber("depth", frame.Depth);
        writer.WriteNumber("jumped_prompt_tokens", frame.SkippedPromptTokens);
        writer.WriteNumber("jump_ns", frame.SkippedPrefillNanoseconds);
        writer.WriteNumber("prompt_eval_duration", frame.PrefillNanoseconds);
        writer.WriteNumber("prefill_ns", frame.NativePrefillNanoseconds);
        writer.WriteNumber("eval_count", frame.OutputTokens);
        writer.WriteNumber("eval_duration", frame.GenerationNanoseconds);
        writer.WriteNumber("generation_ns", frame.NativeGenerationNanoseconds);
        writer.WriteString("done_reason", frame.DoneReason);
        writer.WriteNumber("queue_ns", frame.QueueNanoseconds);
        writer.WriteNumber("load_ns", frame.LoadNanoseconds);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    public void WriteFailure(string message) => WriteLine(writer => writer.WriteString("error", message));

    private void WriteReport(Utf8JsonWriter writer, RequestReport report)
    {
        writer.WriteStartObject(EmbeddedProtocol.ObjectName);
        writer.WriteNumber("queue_ns", report.QueueNanoseconds);
        writer.WriteNumber("load_ns", report.LoadNanoseconds);
        writer.WriteNumber("prefill_ns", report.NativePrefillNanoseconds);
        writer.WriteNumber("generation_ns", report.NativeGenerationNanoseconds);
        writer.WriteNumber("cached_prompt_tokens", report.CachedPromptTokens);
        if (report.SkippedPromptTokens > 0)
        {
            writer.WriteNumber("jumped_prompt_tokens", report.SkippedPromptTokens);
            writer.WriteNumber("jump_ns", report.SkippedPrefillNanoseconds);
            writer.WriteNumber("jump_filled_bytes", report.SyntheticKvBytes);
        }
        if (report.PromptTokensSent is { } sent)
            writer.WriteNumber("prompt_tokens_sent", sent);
        if (loaded()?.Tier is { } tier)
            TierFieldWriter.Write(writer, tier, report.Tier);
        if (loaded() is { } model)
        {
            writer.WriteNumber("window_tokens", model.WindowTokens);
            writer.WriteNumber("weights_bytes", model.Buffers.Weights);
            writer.WriteNumber("kv_bytes", model.Buffers.Kv);
            writer.WriteNumber("compute_bytes", model.Buffers.Compute);
            writer.WriteNumber("threads", model.Context.Threads);
            writer.WriteNumber("threads_batch", model.Context.BatchThreads);
            writer.WriteNumber("batch_tokens", model.Context.BatchTokens);
            writer.WriteBoolean("repack", model.Model.Repack);
        }
        writer.WriteEndObject();
    }

    private void WriteHead(Utf8JsonWriter writer, string text, bool done)
    {
        writer.WriteString("model", model);
        writer.WriteString("created_at", time.GetUtcNow());
        writer.WriteString("response", text);
        writer.WriteBoolean("done", done);
    }

    private void WriteLine(Action<Utf8JsonWriter> fields)
    {
        using (var writer = new Utf8JsonWriter(_buffer))
        {
            writer.WriteStartObject();
            fields(writer);
            writer.WriteEndObject();
        }
        _buffer.Write("\n"u8);
    }
}
