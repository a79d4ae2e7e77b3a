using System.IO.Pipelines;
using System.Text;
using CsCheck;
using MemoryWall.Core.Time;
using MemoryWall.Targets.Http;

namespace MemoryWall.Engine.Tests.Targets.Http;

public class LineReaderTests
{
    [Fact]
    public void Read_AnyBytesInAnyPieces_YieldsTheSameLines() =>
        Gen.Select(Gen.OneOf(Gen.Byte, Gen.Const((byte)'\n'), Gen.Const((byte)'\r')).Array[0, 400], Gen.Int[1, 50]).Sample((bytes, piece) =>
        {
            var lines = ReadAll(bytes, piece, 1 << 20).Lines;
            var expected = Encoding.Latin1.GetString(bytes).Split('\n').Select(line => line.EndsWith('\r') ? line[..^1] : line).ToList();
            if (bytes.Length == 0 || bytes[^1] == '\n')
                expected.RemoveAt(expected.Count - 1);
            return lines.SequenceEqual(expected);
        }, iter: LongTests.Draws(500));

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public void Read_LineLongerThanAllowed_Ends(int piece)
    {
        var (lines, end) = ReadAll(Encoding.Latin1.GetBytes("short\n" + new string('x', 2000) + "\nmore\n"), piece, 1000);
        Assert.Equal(["short"], lines);
        Assert.Equal(LineStreamEnd.LineTooLong, end);
    }

    [Fact]
    public void Read_LongLineWithoutEnd_Ends() =>
        Assert.Equal(LineStreamEnd.LineTooLong, ReadAll(Encoding.Latin1.GetBytes(new string('x', 2000)), 100, 1000).End);

    [Fact]
    public void Read_BrokenConnection_DropsTheHalfLine()
    {
        var (lines, end) = ReadAll("whole\nhalf"u8.ToArray(), 3, 1000, breaks: true);
        Assert.Equal(["whole"], lines);
        Assert.Equal(LineStreamEnd.Broken, end);
    }

    [Fact]
    public async Task Read_LineInPieces_HasTheStampOfItsLastByte()
    {
        var clock = RunClock.Start();
        var pipe = new Pipe();
        using var reader = new LineReader(StreamPump.Start(pipe.Reader.AsStream(), clock), 1000);
        await pipe.Writer.WriteAsync("{\"a\":"u8.ToArray());
        var read = reader.ReadAsync(CancellationToken.None).AsTask();
        await Task.Delay(50);
        var before = clock.Now;
        await pipe.Writer.WriteAsync("1}\n{"u8.ToArray());
        Assert.True(await read);
        Assert.True(reader.Arrived.CompareTo(before) >= 0);
        await pipe.Writer.CompleteAsync();
    }

    private static (List<string> Lines, LineStreamEnd End) ReadAll(byte[] bytes, int piece, int max, bool breaks = false)
    {
        using var reader = new LineReader(StreamPump.Start(new Pieces(bytes, piece, breaks), RunClock.Start()), max);
        var lines = new List<string>();
        while (reader.ReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult())
            lines.Add(Encoding.Latin1.GetString(reader.Line.Span));
        return (lines, reader.End);
    }

    /// <summary>Returns a few bytes at each read.</summary>
    private sealed class Pieces(byte[] bytes, int piece, bool breaks) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) =>
            base.Read(buffer[..Math.Min(piece, buffer.Length)]) is > 0 and var count ? count
            : breaks ? throw new IOException("gone") : 0;
    }
}
