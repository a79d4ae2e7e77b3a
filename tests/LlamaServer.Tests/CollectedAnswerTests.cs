using System.Threading.Channels;
using MemoryWall.LlamaServer.Http;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Tests;

public sealed class CollectedAnswerTests
{
    private static readonly FinalFrame s_final = new(new GenerateFrame { DoneReason = "stop" });

    [Fact]
    public async Task Read_TokensAndTheLastFrame_AreTheAnswer()
    {
        var answer = await ReadAsync(new ProgressFrame(1, 2, 3), new TokenFrame("a", 1), new TokenFrame("b", 2), s_final);
        Assert.Equal(("ab", s_final, null), (answer.Text, answer.Final, answer.Failure));
    }

    [Fact]
    public async Task Read_FailureAfterTokens_IsNoAnswer()
    {
        var error = new InvalidOperationException("no");
        var answer = await ReadAsync(new TokenFrame("a", 1), new FailureFrame(error), s_final);
        Assert.Equal((null, error), (answer.Final, answer.Failure));
    }

    [Fact]
    public async Task Read_WithoutALastFrame_IsAFailureAndNoShortAnswer()
    {
        var answer = await ReadAsync(new TokenFrame("a", 1), new TokenFrame("b", 2));
        Assert.Null(answer.Final);
        Assert.Equal((500, "the server failed: the answer ended without its last frame"), FailureMapping.Describe(answer.Failure!));
    }

    private static Task<CollectedAnswer> ReadAsync(params ReadOnlySpan<ResponseFrame> frames)
    {
        var channel = Channel.CreateUnbounded<ResponseFrame>();
        foreach (var frame in frames)
            channel.Writer.TryWrite(frame);
        channel.Writer.Complete();
        return CollectedAnswer.ReadAsync(channel.Reader);
    }
}
