using MemoryWall.Models.Gguf;

namespace MemoryWall.Engine.Tests.Models.Gguf;

public sealed class GgufWriterTests
{
    [Fact]
    public void Write_SourceOfTheWrongLength_IsNamed()
    {
        var tensor = new GgufTensorSource("short", [8], GgmlType.F32, stream => stream.Write(new byte[31]));

        var error = Assert.Throws<InvalidOperationException>(() => GgufBytes.File([], tensor));

        Assert.Contains("'short' wrote 31 bytes; it must write 32", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Progress_EndsAtOne()
    {
        var seen = new List<double>();
        var tensors = new[] { GgufBytes.Zeros("t", GgmlType.F32, 4 << 20) };

        GgufWriter.Write(Stream.Null, GgufWriter.BuildHeader([], tensors), tensors, new Direct(seen.Add));

        Assert.Equal(1.0, seen[^1]);
        Assert.Equal(seen.Order(), seen);
    }

    [Fact]
    public void Write_Cancelled_Stops()
    {
        using var cancel = new CancellationTokenSource();
        var tensor = new GgufTensorSource("t", [64], GgmlType.F32, stream =>
        {
            stream.Write(new byte[128]);
            cancel.Cancel();
            stream.Write(new byte[128]);
        });

        Assert.Throws<OperationCanceledException>(
            () => GgufWriter.Write(Stream.Null, GgufWriter.BuildHeader([], [tensor]), [tensor], null, cancel.Token));
    }

    private sealed class Direct(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
