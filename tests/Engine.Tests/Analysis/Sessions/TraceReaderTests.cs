using System.Text;
using MemoryWall.Analysis.Sessions;

namespace MemoryWall.Engine.Tests.Analysis.Sessions;

public sealed class TraceReaderTests
{
    private const string Line = """{"timestamp": 27, "input_length": 600, "output_length": 64, "hash_ids": [7, 9]}""";

    private static IReadOnlyList<TraceRequest> Read(string text, int? most = null) =>
        TraceReader.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "t.jsonl", most);

    [Fact]
    public void Read_Requests_AreInOrderOfTime_WithBlocksNumberedByFirstAppearance()
    {
        var requests = Read(Line + """

            {"timestamp": 3, "input_length": 1024, "output_length": 1, "hash_ids": [7, -5], "turn": {"deep": [1]}}

            """);

        Assert.Equal([3, 27], requests.Select(request => request.TimestampMilliseconds));
        Assert.Equal([0, 2], requests[0].HashIds);
        Assert.Equal([0, 1], requests[1].HashIds);
        Assert.Equal((600, 64), (requests[1].InputTokens, requests[1].OutputTokens));
    }

    [Theory]
    [InlineData("\uFEFF" + Line)]
    [InlineData(Line + "\r\n")]
    [InlineData("\n\n  \t\n" + Line)]
    public void Read_WhatEditorsAdd_IsNoError(string text) => Assert.Equal([0, 1], Assert.Single(Read(text)).HashIds);

    [Fact]
    public void Read_IdsOfWholeBlocksOnly_TheLastBlockIsATextOfItsOwn()
    {
        var requests = Read("""
            {"timestamp": 0, "input_length": 600, "output_length": 1, "hash_ids": [18446744073709551615]}
            {"timestamp": 1, "input_length": 600, "output_length": 1, "hash_ids": [18446744073709551615]}
            """);

        Assert.Equal([0, 1], requests[0].HashIds);
        Assert.Equal([0, 2], requests[1].HashIds);
    }

    [Fact]
    public void Read_AtMost_TheRestOfTheFileIsNotLookedAt() => Assert.Single(Read(Line + "\n" + "this is no request", most: 1));

    [Theory]
    [InlineData("", "contains no request")]
    [InlineData("hello", "line 1: it is no JSON object")]
    [InlineData("[1]", "line 1: it is no JSON object")]
    [InlineData(Line + "\n{", "line 2: it is no JSON object")]
    [InlineData(Line + " " + Line, "line 1: it is no JSON object")]
    [InlineData("""{"input_length": 600, "output_length": 64, "hash_ids": [0, 1]}""", "line 1: timestamp: it is missing")]
    [InlineData("""{"timestamp": 0, "output_length": 64, "hash_ids": [0, 1]}""", "input_length: it is missing")]
    [InlineData("""{"timestamp": 0, "input_length": 600, "hash_ids": [0, 1]}""", "output_length: it is missing")]
    [InlineData("""{"timestamp": 0, "input_length": 600, "output_length": 64}""", "hash_ids: it is missing")]
    [InlineData("""{"timestamp": -1, "input_length": 600, "output_length": 64, "hash_ids": [0, 1]}""", "timestamp: it is no number")]
    [InlineData("""{"timestamp": 1e999, "input_length": 600, "output_length": 64, "hash_ids": [0, 1]}""", "timestamp: it is no number")]
    [InlineData("""{"timestamp": "0", "input_length": 600, "output_length": 64, "hash_ids": [0, 1]}""", "timestamp: it is no number")]
    [InlineData("""{"timestamp": 0, "input_length": 0, "output_length": 64, "hash_ids": []}""", "input_length: it is no whole number")]
    [InlineData("""{"timestamp": 0, "input_length": 1.5, "output_length": 64, "hash_ids": [0]}""", "input_length: it is no whole number")]
    [InlineData("""{"timestamp": 0, "input_length": 99999999999, "output_length": 64, "hash_ids": [0]}""", "input_length: it is no whole")]
    [InlineData("""{"timestamp": 0, "input_length": 600, "output_length": null, "hash_ids": [0, 1]}""", "output_length: it is no whole")]
    [InlineData("""{"timestamp": 0, "input_length": 600, "output_length": 64, "hash_ids": 5}""", "hash_ids: it is no list")]
    [InlineData("""{"timestamp": 0, "input_length": 600, "output_length": 64, "hash_ids": [0, "a"]}""", "hash_ids: it has an entry")]
    [InlineData("""{"timestamp": 0, "input_length": 600, "output_length": 64, "hash_ids": [0, 1.5]}""", "hash_ids: it has an entry")]
    [InlineData("""{"timestamp": 0, "input_length": 600, "output_length": 64, "hash_ids": [0, [1]]}""", "hash_ids: it has an entry")]
    [InlineData("""{"timestamp": 0, "input_length": 600, "output_length": 64, "hash_ids": [0, 1, 2]}""",
        "hash_ids: it has 3 ids for 600 tokens of input_length, which are 2 blocks of 512")]
    [InlineData("""{"timestamp": 0, "timestamp": 1, "input_length": 600, "output_length": 64, "hash_ids": [0, 1]}""",
        "timestamp: it is given twice")]
    [InlineData("""{"timestamp": 0, "input_length": 600, "output_length": 64, "hash_ids": [0, 1], "hash_ids": [0, 1]}""",
        "hash_ids: it is given twice")]
    public void Read_NoTrace_TheErrorNamesLineAndField(string text, string expected)
    {
        var error = Assert.Throws<FormatException>(() => Read(text));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("'t.jsonl'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ALineWithoutEnd_IsNotReadIntoMemory()
    {
        var error = Assert.Throws<FormatException>(() => TraceReader.Read(new EndlessStream(), "t.jsonl"));

        Assert.Contains("line 1: the line is longer than 1 MiB", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NoFile_IsAnErrorOfTheFile() => Assert.ThrowsAny<IOException>(() => TraceReader.Read("no such file.jsonl"));

    // Any bytes give requests or an error that names the line, and nothing else.
    [Fact]
    public void Read_DamagedFiles_GiveAnErrorOfTheFormat()
    {
        var random = new Random(11);
        var whole = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Repeat(Line, 3)));
        for (var round = 0; round < 4000; round++)
        {
            var bytes = whole.ToArray();
            for (var change = 0; change <= round % 4; change++)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            using var stream = new MemoryStream(bytes, 0, random.Next(bytes.Length + 1));
            try
            {
                Assert.All(TraceReader.Read(stream, "t"),
                    request => Assert.Equal((request.InputTokens + 511) / 512, request.HashIds.Length));
            }
            catch (FormatException error)
            {
                Assert.StartsWith("'t'", error.Message, StringComparison.Ordinal);
            }
        }
    }

    private sealed class EndlessStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            Array.Fill(buffer, (byte)'{', offset, count);
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
