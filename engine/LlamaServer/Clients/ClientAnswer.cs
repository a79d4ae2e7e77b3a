using System.Threading.Channels;
using MemoryWall.LlamaServer.Http;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.LlamaServer.Native;

namespace MemoryWall.LlamaServer.Clients;

/// <summary>Runs a request of a client that does not measure, and answers in its format: as a stream or in one piece.</summary>
internal sealed class ClientAnswer(InferenceWorker worker)
{
    /// <summary>Runs the request that <paramref name="read"/> returns; answers with the reason where the request is refused.</summary>
    /// <param name="http">The exchange.</param>
    /// <param name="format">The format of the answer.</param>
    /// <param name="read">Reads the request from the exchange.</param>
    public async Task RunAsync(HttpContext http, IAnswerFormat format, Func<Task<GenerateRequest>> read)
    {
        GenerateRequest request;
        try
        {
            request = await read().ConfigureAwait(false);
        }
        catch (RefusedException refusal)
        {
            await WriteErrorAsync(http, format, refusal).ConfigureAwait(false);
            return;
        }
        var frames = worker.Enqueue(ClientName.Add(request, http), http.RequestAborted);
        if (!await frames.WaitToReadAsync().ConfigureAwait(false))
            return;
        if (frames.TryPeek(out var first) && first is FailureFrame failure)
            await WriteErrorAsync(http, format, failure.Error).ConfigureAwait(false);
        else if (request.Stream)
            await StreamAsync(http, format, frames).ConfigureAwait(false);
        else
            await CompleteAsync(http, format, frames).ConfigureAwait(false);
        await http.Response.CompleteAsync().ConfigureAwait(false);
        MemoryTrimmer.ReleaseToSystem();
    }

    private static async Task StreamAsync(HttpContext http, IAnswerFormat format, ChannelReader<ResponseFrame> frames)
    {
        http.Response.ContentType = format.StreamContentType;
        var pending = new List<byte>(format.WriteStart());
        try
        {
            while (await frames.WaitToReadAsync(http.RequestAborted).ConfigureAwait(false))
            {
                while (frames.TryRead(out var frame))
                    pending.AddRange(Write(format, frame));
                if (pending.Count == 0)
                    continue;
                await http.Response.Body.WriteAsync(pending.ToArray(), http.RequestAborted).ConfigureAwait(false);
                await http.Response.Body.FlushAsync(http.RequestAborted).ConfigureAwait(false);
                pending.Clear();
            }
        }
        catch (OperationCanceledException)
        {
            // The client is gone, and its request is cancelled with it.
        }
    }

    private static byte[] Write(IAnswerFormat format, ResponseFrame frame)
    {
        switch (frame)
        {
            case TokenFrame { Text.Length: > 0 } token:
                return format.WriteText(token.Text);
            case FinalFrame final:
                return format.WriteEnd(final.Frame);
            case FailureFrame failure:
                var (status, message) = FailureMapping.Describe(failure.Error);
                return format.WriteFailure(status, message);
            default:
                return [];
        }
    }

    private static async Task CompleteAsync(HttpContext http, IAnswerFormat format, ChannelReader<ResponseFrame> frames)
    {
        var answer = await CollectedAnswer.ReadAsync(frames).ConfigureAwait(false);
        if (answer.Final is not { } final)
        {
            await WriteErrorAsync(http, format, answer.Failure!).ConfigureAwait(false);
            return;
        }
        http.Response.ContentType = "application/json";
        await http.Response.Body.WriteAsync(format.WriteComplete(final.Frame, answer.Text)).ConfigureAwait(false);
    }

    private static async Task WriteErrorAsync(HttpContext http, IAnswerFormat format, Exception error)
    {
        var (status, message) = FailureMapping.Describe(error);
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        await http.Response.Body.WriteAsync(format.WriteError(status, message)).ConfigureAwait(false);
    }
}
