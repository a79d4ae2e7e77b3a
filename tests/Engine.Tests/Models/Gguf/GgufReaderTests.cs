using System.Buffers.Binary;
using System.Text;
using MemoryWall.Models.Gguf;

namespace MemoryWall.Engine.Tests.Models.Gguf;

public sealed class GgufReaderTests
{
    private static string Error(byte[] bytes) => Assert.Throws<GgufException>(() => GgufBytes.Read(bytes)).Message;

    [Fact]
    public void Read_EveryKindOfValue_ComesBackAsItWas()
    {
        var header = GgufBytes.Read(GgufBytes.Valid());

        Assert.Equal(3, header.Version);
        Assert.Equal(32, header.Alignment);
        Assert.Equal(GgufBytes.AllKinds.Keys, header.Metadata.Keys);
        foreach (var (key, value) in GgufBytes.AllKinds)
        {
            Assert.Equal(value.GetType(), header.Metadata[key].GetType());
            Assert.Equal(value, header.Metadata[key]);
        }
    }

    [Fact]
    public void Read_Tensors_HaveTheirPlacesAndBytes()
    {
        var header = GgufBytes.Read(GgufBytes.Valid());

        Assert.Equal(["token_embd.weight", "output_norm.weight", "blk.0.ffn_up.weight"], header.Tensors.Select(tensor => tensor.Name));
        Assert.Equal([3 * 68L, 256, 40], header.Tensors.Select(tensor => tensor.Bytes));
        Assert.Equal([0L, 224, 480], header.Tensors.Select(tensor => tensor.Offset));
        Assert.Equal([5L, 2, 2], header.Tensors[2].Dimensions);
        Assert.Equal(0, header.DataOffset % 32);
        Assert.Equal(GgufBytes.Valid().Length, header.DataOffset + 480 + 64);
    }

    [Fact]
    public void Read_Version2_IsTheSame()
    {
        var bytes = GgufBytes.Valid();
        bytes[4] = 2;

        Assert.Equal(2, GgufBytes.Read(bytes).Version);
    }

    [Theory]
    [InlineData(1u, "version is 1")]
    [InlineData(4u, "version is 4")]
    [InlineData(0u, "version is 0")]
    [InlineData(0x03000000u, "big-endian")]
    public void Read_OtherVersion_IsNamed(uint version, string message) =>
        Assert.Contains(message, Error(GgufBytes.Raw(version, 0, 0)), StringComparison.Ordinal);

    [Fact]
    public void Read_OtherMagic_IsNamed() =>
        Assert.Contains("this is not a GGUF file", Error("ELF and a few more bytes than needed"u8.ToArray()), StringComparison.Ordinal);

    [Fact]
    public void Read_ShortFile_IsNamed() => Assert.Contains("has 3 bytes", Error([1, 2, 3]), StringComparison.Ordinal);

    [Fact]
    public void Read_CountsThatTheFileCannotHold_FailAtOnceWithoutMemory()
    {
        byte[] stringsBeyondReason =
        [
            1, 0, 0, 0, 0, 0, 0, 0, (byte)'k', 9, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, // key k, an array of 2^60 texts
        ];
        foreach (var bytes in new[]
        {
            GgufBytes.Raw(3, 1UL << 60, 0),
            GgufBytes.Raw(3, 0, 1UL << 60),
            GgufBytes.Raw(3, 60_000, 0),
            GgufBytes.Raw(3, 0, 60_000),
            GgufBytes.Raw(3, 0, 1, stringsBeyondReason),
            GgufBytes.Raw(3, 0, 1, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        })
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Error(bytes);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }
    }

    [Fact]
    public void Read_SparseHugeFile_StaysWithinTheHeadersBudget()
    {
        // A sparse file may be terabytes long without using disk space, so the reader must not read all of it.
        using var stream = new ClaimedLength(
            GgufBytes.Raw(3, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, (byte)'k', 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 0), 1L << 42);

        var error = Assert.Throws<GgufException>(() => GgufReader.Read(stream));

        Assert.Contains("larger than 128 MiB", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DuplicateKey_IsNamed()
    {
        var bytes = GgufBytes.File([new("same.key", 1u), new("same.key", 2u)]);

        Assert.Contains("'same.key' occurs twice", Error(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DuplicateTensor_IsNamed()
    {
        var bytes = GgufBytes.File([], GgufBytes.Zeros("t", GgmlType.F32, 8), GgufBytes.Zeros("t", GgmlType.F32, 8));

        Assert.Contains("'t' occurs twice", Error(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_UnknownValueType_IsNamed()
    {
        var bytes = GgufBytes.File([new("odd", 1u)]);
        Patch(bytes, "odd"u8, 3, 77);

        Assert.Contains("odd: its type is 77", Error(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TruthValueOfTwo_IsNamed()
    {
        var bytes = GgufBytes.File([new("flag", true)]);
        bytes[24 + 8 + 4 + 4] = 2;

        Assert.Contains("flag: a truth value is 2", Error(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_UnknownTensorType_TakesTheRoomUpToTheNext()
    {
        var bytes = GgufBytes.File([], GgufBytes.Zeros("first", GgmlType.F32, 8), GgufBytes.Zeros("odd", GgmlType.F32, 40),
            GgufBytes.Zeros("last", GgmlType.F32, 8));
        Patch(bytes, "odd"u8, 3 + 4 + 8, 4_000);

        var header = GgufBytes.Read(bytes);

        Assert.Equal((GgmlType)4_000, header.Tensors[1].Type);
        Assert.Equal([32L, 160, 32], header.Tensors.Select(tensor => tensor.Bytes));
    }

    [Theory]
    [InlineData(1u << 20, "truncated")]
    [InlineData(16u, "multiple of the alignment 32")]
    [InlineData(0u, "overlaps the next one")]
    public void Read_TensorInTheWrongPlace_IsNamed(uint offset, string message)
    {
        var bytes = GgufBytes.File([], GgufBytes.Zeros("first", GgmlType.F32, 8), GgufBytes.Zeros("odd", GgmlType.F32, 40));
        Patch(bytes, "odd"u8, 3 + 4 + 8 + 4, offset);

        Assert.Contains(message, Error(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_RowsThatAreNoWholeBlocks_AreNamed()
    {
        var bytes = GgufBytes.File([], GgufBytes.Zeros("odd", GgmlType.F32, 40));
        Patch(bytes, "odd"u8, 3 + 4 + 8, (uint)GgmlType.Q8_0);

        Assert.Contains("not whole blocks of 32", Error(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ShapeOutOfRange_IsNamed()
    {
        var bytes = GgufBytes.File([], GgufBytes.Zeros("odd", GgmlType.F32, 8, 8, 8, 8));
        for (var i = 0; i < 4; i++)
            Patch(bytes, "odd"u8, 3 + 4 + 8 * i + 4, 1u << 20);

        Assert.Contains("out of range", Error(bytes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(24u)]
    [InlineData(1u << 30)]
    public void Read_AlignmentThatCannotBe_IsNamed(uint alignment) =>
        Assert.Contains($"general.alignment is {alignment}", Error(GgufBytes.File([new("general.alignment", alignment)])),
            StringComparison.Ordinal);

    [Fact]
    public void Read_ArraysTooDeep_IsNamed()
    {
        Array deep = new[] { 1 };
        for (var i = 0; i < 6; i++)
            deep = new Array[] { deep };

        Assert.Contains("deep", Error(GgufBytes.File([new("deep", deep)])), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_BrokenUtf8_IsReplacedNotRefused()
    {
        var bytes = GgufBytes.File([new("text", "ab")]);
        bytes[24 + 8 + 4 + 4 + 8] = 0xFF;

        Assert.Equal("\uFFFDb", GgufBytes.Read(bytes).Metadata["text"]);
    }

    [Fact]
    public void Read_LargeVocabulary_ComesBackWhole()
    {
        var tokens = Enumerable.Range(0, 150_000).Select(id => $"token{id}").ToArray();
        var merges = Enumerable.Range(0, 280_000).Select(id => $"to ken{id}").ToArray();
        var header = GgufBytes.Read(GgufBytes.File([new("tokenizer.ggml.tokens", tokens), new("tokenizer.ggml.merges", merges)]));

        Assert.Equal(tokens, header.Metadata["tokenizer.ggml.tokens"]);
        Assert.Equal(merges, header.Metadata["tokenizer.ggml.merges"]);
    }

    [Fact]
    public void Read_TextLongerThanTheBuffer_ComesBackWhole()
    {
        var text = string.Concat(Enumerable.Repeat("template ", 20_000));

        Assert.Equal(text, GgufBytes.Read(GgufBytes.File([new("tokenizer.chat_template", text)])).Metadata["tokenizer.chat_template"]);
    }

    [Fact]
    public void Read_TensorData_IsNeverRead()
    {
        var bytes = GgufBytes.File([], GgufBytes.Zeros("large", GgmlType.F32, 1 << 20, 4));
        using var stream = new MemoryStream(bytes);

        GgufReader.Read(stream);

        Assert.InRange(stream.Position, 0, 1 << 16);
    }

    [Fact]
    public void Read_MissingFileOrFolder_IsNamed()
    {
        Assert.Throws<FileNotFoundException>(() => GgufReader.Read(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"))));
        Assert.Contains("is a folder", Assert.Throws<IOException>(() => GgufReader.Read(Path.GetTempPath())).Message);
    }

    [Fact]
    public void Read_Pipe_IsRefusedInsteadOfWaitingForAWriter()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no named pipes in folders");
        var pipe = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        using (var made = System.Diagnostics.Process.Start("mkfifo", [pipe]))
            made.WaitForExit();
        try
        {
            Assert.Contains("is a pipe", Assert.Throws<IOException>(() => GgufReader.Read(pipe)).Message);
        }
        finally
        {
            File.Delete(pipe);
        }
    }

    private static void Patch(byte[] bytes, ReadOnlySpan<byte> after, int distance, uint value)
    {
        var at = bytes.AsSpan().IndexOf(after);
        Assert.True(at >= 0, Encoding.UTF8.GetString(after));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at + distance), value);
    }

    private sealed class ClaimedLength(byte[] bytes, long length) : MemoryStream(bytes)
    {
        public override long Length => length;
    }
}
