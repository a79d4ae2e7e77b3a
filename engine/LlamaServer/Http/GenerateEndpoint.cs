using System.Text;
using System.Threading.Channels;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.LlamaServer.Native;

namespace MemoryWall.LlamaServer.Http;

/// <summary>Handles <c>POST /api/generate</c>: a load, an unload or a generation, as a stream of frames or as one frame.</summary>
internal sealed class GenerateEndpoint(InferenceWorker worker, RequestReader reader, string model, TimeProvider time)
{
    // A write to the socket wakes two threads, here and at the client, on the cores that compute. Frames contain the times of their
    // tokens, so tokens of this interval can share a write without loss. The first token is never delayed.
    private static readonly TimeSpan s_tokenFlushInterval = TimeSpan.FromMilliseconds(20);

    // Progress frames contain their times and serve only the display, so they wait this long for more frames or for the first token.
    private static readonly TimeSpan s_progressFlushInterval = TimeSpan.FromMilliseconds(250);

    public async Task HandleAsync(HttpContext http)
    {
        var request = await ReadAsync(http).ConfigureAwait(false);
        if (request is null)
            return;
        var frames = worker.Enqueue(ClientName.Add(request, http), http.RequestAborted);
        var writer = new FrameWriter(model, time, () => worker.Loaded);
        if (!await frames.WaitToReadAsync().ConfigureAwait(false))
            return;
        if (frames.TryPeek(out var first) && first is FailureFrame failure)
            await WriteFailureAsync(http, failure.Error).ConfigureAwait(false);
        else if (request.Stream)
            await StreamAsync(http, request, frames, writer).ConfigureAwait(false);
        else
            await WriteCompleteAsync(http, frames, writer).ConfigureAwait(false);
        await http.Response.CompleteAsync().ConfigureAwait(false);
        // Memory left from a long prompt would count as memory of the next trial. The client already has its answer and does not wait for
        // this.
        MemoryTrimmer.ReleaseToSystem();
    }

    private async Task<GenerateRequest?> ReadAsync(HttpContext http)
    {
        try
        {
            var body = await BodyReader.ReadAsync(http, BodyReader.Json.GenerateBody).ConfigureAwait(false);
            BodyReader.CheckModel(body.Model, body.Name, model);
            return reader.Create(body);
        }
        catch (RefusedException refusal)
        {
            await JsonResponses.WriteErrorAsync(http, refusal.Status, refusal.Message).ConfigureAwait(false);
            return null;
        }
    }

    private static Task WriteFailureAsync(HttpContext http, Exception error)
    {
        var (status, message) = FailureMapping.Describe(error);
        return JsonResponses.WriteErrorAsync(http, status, message);
    }

    private async Task StreamAsync(HttpContext http, GenerateRequest request, ChannelReader<ResponseFrame> frames, FrameWriter writer)
    {
        http.Response.ContentType = "application/x-ndjson";
        var output = http.Response.Body;
        var flushed = long.MinValue;
        var progressed = time.GetTimestamp();
        var times = new List<long>();
        var text = new StringBuilder();
        // The same wait continues in the next round where it outlasts an interval, because a channel allows one wait at a time.
        var next = frames.WaitToReadAsync().AsTask();
        while (await next.ConfigureAwait(false))
        {
            if (request.ReportTokenTimes && flushed != long.MinValue
                && s_tokenFlushInterval - time.GetElapsedTime(flushed) is { Ticks: > 0 } rest)
                await Task.WhenAny(frames.Completion, Task.Delay(rest, time)).ConfigureAwait(false);
            var isProgressOnly = request.ReportTokenTimes;
            while (frames.TryRead(out var frame))
            {
                isProgressOnly &= frame is ProgressFrame;
                if (frame is TokenFrame token)
                {
                    times.Add(token.ElapsedNanoseconds);
                    text.Append(token.Text);
                    if (request.ReportTokenTimes)
                        continue;
                }
                WriteTokens(request, writer, text, times);
                switch (frame)
                {
                    case ProgressFrame progress:
                        writer.WriteProgress(progress);
                        break;
                    case ProbeFrame probe:
                        writer.WriteProbe(probe);
                        break;
                    case FailureFrame failure:
                        writer.WriteFailure(FailureMapping.Describe(failure.Error).Message);
                        break;
                    case FinalFrame final:
                        writer.WriteFinal(final, "");
                        break;
                }
            }
            WriteTokens(request, writer, text, times);
            next = frames.WaitToReadAsync().AsTask();
            if (isProgressOnly && s_progressFlushInterval - time.GetElapsedTime(progressed) is { Ticks: > 0 } left
                && await Task.WhenAny(next, Task.Delay(left, time)).ConfigureAwait(false) == next)
                continue;
            if (!await SendAsync(http, output, writer).ConfigureAwait(false))
                return;
            progressed = time.GetTimestamp();
            // Progress does not start the interval, so that the first token is written at once even right after progress.
            flushed = isProgressOnly ? flushed : progressed;
        }
        await SendAsync(http, output, writer).ConfigureAwait(false);
    }

    private static async Task<bool> SendAsync(HttpContext http, Stream output, FrameWriter writer)
    {
        if (writer.Written.IsEmpty)
            return true;
        try
        {
            await output.WriteAsync(writer.Written, http.RequestAborted).ConfigureAwait(false);
            await output.FlushAsync(http.RequestAborted).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        writer.Clear();
        return true;
    }

    private static void WriteTokens(GenerateRequest request, FrameWriter writer, StringBuilder text, List<long> times)
    {
        if (times.Count == 0)
            return;
        // A client that did not request token times needs no frame for a token without text.
        if (text.Length > 0 || request.ReportTokenTimes)
            writer.WriteTokens(text.ToString(), times, request.ReportTokenTimes);
        text.Clear();
        times.Clear();
    }

    private static async Task WriteCompleteAsync(HttpContext http, ChannelReader<ResponseFrame> frames, FrameWriter writer)
    {
        var answer = await CollectedAnswer.ReadAsync(frames).ConfigureAwait(false);
        if (answer.Final is not { } final)
        {
            await WriteFailureAsync(http, answer.Failure!).ConfigureAwait(false);
            return;
        }
        writer.WriteFinal(final, answer.Text);
        http.Response.ContentType = "application/json";
        await http.Response.Body.WriteAsync(writer.Written).ConfigureAwait(false);
    }
}
