using System.Text;
using System.Threading.Channels;
using MemoryWall.LlamaServer.Inference;

namespace MemoryWall.LlamaServer.Http;

/// <summary>An answer in one piece: its text and its last frame, or why there is none.</summary>
/// <param name="Text">The text of all tokens.</param>
/// <param name="Final">The last frame; null where the request failed.</param>
/// <param name="Failure">What ended the request; null where it has a last frame.</param>
internal sealed record CollectedAnswer(string Text, FinalFrame? Final, Exception? Failure)
{
    /// <summary>Reads all frames of a request. Without a last frame the answer is not whole, and so no answer.</summary>
    public static async Task<CollectedAnswer> ReadAsync(ChannelReader<ResponseFrame> frames)
    {
        var text = new StringBuilder();
        FinalFrame? final = null;
        await foreach (var frame in frames.ReadAllAsync().ConfigureAwait(false))
        {
            switch (frame)
            {
                case TokenFrame token:
                    text.Append(token.Text);
                    break;
                case FailureFrame failure:
                    return new(text.ToString(), null, failure.Error);
                case FinalFrame last:
                    final = last;
                    break;
            }
        }
        return new(text.ToString(), final, final is null ? new InvalidOperationException("the answer ended without its last frame") : null);
    }
}
