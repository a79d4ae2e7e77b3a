using System.Text;
using MemoryWall.Core.Time;
using MemoryWall.Targets.Http;

namespace MemoryWall.Engine.Tests.Targets.Http;

public class SseReaderTests
{
    [Theory]
    [InlineData("data: {\"a\":1}\n\n", "{\"a\":1}")]
    [InlineData("data:{\"a\":1}\r\n\r\n", "{\"a\":1}")]
    [InlineData("\uFEFFdata: x\n\n", "x")]
    [InlineData(": ping\n\nevent: message\nid: 4\nretry: 5\ndata: x\n\n", "x")]
    [InlineData("data: {\"a\":1}\ndata: {\"b\":2}\ndata: [DONE]\n", "{\"a\":1}|{\"b\":2}|[DONE]")]
    [InlineData("data: {\ndata: \"a\": 1\ndata: }\n\ndata: [DONE]\n\n", "{\n\"a\": 1\n}|[DONE]")]
    [InlineData("error: {\"code\":500}\n\n", "{\"code\":500}")]
    [InlineData("{\"error\":\"plain\"}\n", "{\"error\":\"plain\"}")]
    [InlineData("data: no end", "no end")]
    [InlineData("\n\n\n", "")]
    [InlineData(":\n\n: ping\n\n: keepalive 1/2\n\ndata: x\n\n", "x")]
    [InlineData("data: a\n: between\ndata: b\n\n", "a\nb")]
    [InlineData("event: ping\ndata: {\"type\":\"ping\"}\n\nevent: keepalive\ndata: alive\n\ndata: x\n\n", "x")]
    [InlineData("data: [DONE] \n\n", "[DONE]")]
    [InlineData("event: error\ndata: {\"message\":\"no\"}\n\ndata: x\n\n", "!{\"message\":\"no\"}|x")]
    [InlineData("event: ping\ndata: {\"p\":1}\ndata: {\"a\":1}\ndata: {\"b\":2}\n", "{\"a\":1}|{\"b\":2}")]
    [InlineData("event: error\ndata: {\"e\":1}\ndata: {\"a\":1}\n", "!{\"e\":1}|{\"a\":1}")]
    [InlineData("event: error\ndata: no\n\ndata: x\n\n", "!no|x")]
    public async Task Read_Events_YieldsTheirData(string stream, string expected) =>
        Assert.Equal(expected, string.Join('|', await ReadAsync(stream)));

    [Fact]
    public async Task Read_JoinedDataLongerThanALine_Ends()
    {
        using var lines = Lines(string.Concat(Enumerable.Repeat("data: " + new string('x', 90) + "\n", 20)));
        var events = new SseReader(lines);
        Assert.False(await events.ReadAsync(CancellationToken.None));
        Assert.True(events.IsTooLong);
    }

    private static LineReader Lines(string stream) =>
        new(StreamPump.Start(new MemoryStream(Encoding.UTF8.GetBytes(stream)), RunClock.Start()), 1000);

    private static async Task<List<string>> ReadAsync(string stream)
    {
        using var lines = Lines(stream);
        var events = new SseReader(lines);
        var data = new List<string>();
        while (await events.ReadAsync(CancellationToken.None))
            data.Add((events.IsError ? "!" : "") + Encoding.UTF8.GetString(events.Data.Span));
        return data;
    }
}
