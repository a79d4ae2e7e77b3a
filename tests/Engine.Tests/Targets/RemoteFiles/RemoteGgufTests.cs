using System.Globalization;
using MemoryWall.Models;
using MemoryWall.Models.Gguf;
using MemoryWall.Models.Shapes;
using MemoryWall.ScriptedServer;
using MemoryWall.Targets.RemoteFiles;

namespace MemoryWall.Engine.Tests.Targets.RemoteFiles;

public sealed class RemoteGgufTests
{
    private static readonly Dictionary<string, object> s_model = new()
    {
        ["general.architecture"] = "llama",
        ["llama.block_count"] = 2u,
        ["llama.embedding_length"] = 64u,
        ["llama.attention.head_count"] = 4u,
        // A vocabulary that is larger than the first part.
        ["tokenizer.ggml.tokens"] = Enumerable.Range(0, 60_000)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"token {i:00000000}")).ToArray(),
    };

    private static GgufTensorSource Big(string name) => new(name, [1 << 16, 1 << 13], GgmlType.F32, _ => { });

    private static (byte[] Header, long Length) File(Dictionary<string, object> metadata, params GgufTensorSource[] tensors)
    {
        var header = GgufWriter.BuildHeader(metadata, tensors);
        return (header, GgufWriter.FileBytes(header, tensors));
    }

    private static Task<ModelMetadata> ReadAsync(Uri address, TimeSpan? longest = null) =>
        RemoteGguf.ReadAsync(address, longest ?? TestedProgram.Patience, TestContext.Current.CancellationToken);

    [Fact]
    public async Task ReadAsync_LargeFile_ReadsItsHeaderAlone()
    {
        await using var server = new RangeServer();
        server.Add("/m/x.gguf", File(s_model, Big("token_embd.weight"), Big("blk.0.attn_q.weight"), Big("blk.1.attn_q.weight")));
        var shape = ModelShapeReader.Read(await ReadAsync(server.At("/m/x.gguf?download=true")));

        Assert.Equal(60_000, shape.VocabularySize);
        Assert.Equal(3L << 31, shape.WeightBytes);
        Assert.InRange(server.SentBytes, 1_000_000, 4_000_000);
    }

    [Fact]
    public async Task ReadAsync_SplitModel_HasTheTensorsOfAllFiles()
    {
        await using var server = new RangeServer();
        server.Add("/x-00001-of-00003.gguf", File(new(s_model) { ["split.count"] = (ushort)3, ["split.no"] = (ushort)0 }));
        for (ushort part = 1; part < 3; part++)
        {
            server.Add($"/x-0000{part + 1}-of-00003.gguf", File(new() { ["split.count"] = (ushort)3, ["split.no"] = part },
                Big($"blk.{part - 1}.attn_q.weight")));
        }
        Assert.Equal(2L << 31, ModelShapeReader.Read(await ReadAsync(server.At("/x-00001-of-00003.gguf"))).WeightBytes);
        await Assert.ThrowsAnyAsync<ModelFormatException>(() => ReadAsync(server.At("/x-00002-of-00003.gguf")));
    }

    [Fact]
    public async Task ReadAsync_Redirections_AreFollowedUpToFive()
    {
        await using var server = new RangeServer();
        server.Add("/x.gguf", File(s_model, Big("blk.0.attn_q.weight")));
        server.Redirect("/three.gguf", "/two", "/one", "/x.gguf");
        server.Redirect("/six.gguf", "/5", "/4", "/3", "/2", "/1", "/x.gguf");
        server.Redirect("/out.gguf", "http://example.invalid/x.gguf");
        server.Redirect("/ftp.gguf", "ftp://127.0.0.1/x.gguf");

        Assert.Equal("llama", (await ReadAsync(server.At("/three.gguf"))).Architecture);
        Assert.Contains("more than 5 times", await ProblemAsync(server.At("/six.gguf")), StringComparison.Ordinal);
        Assert.Contains("plain http is for this machine only", await ProblemAsync(server.At("/out.gguf")), StringComparison.Ordinal);
        Assert.Contains("'ftp' is not https", await ProblemAsync(server.At("/ftp.gguf")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RangeFault.NoRanges, "has no range requests")]
    [InlineData(RangeFault.Page, "a web page and no file; on huggingface.co a file's address has /resolve/")]
    [InlineData(RangeFault.OtherRange, "another range than asked for")]
    [InlineData(RangeFault.Truncated, "")]
    [InlineData(RangeFault.Changed, "changed while it was read")]
    [InlineData(RangeFault.Compressed, "compresses")]
    [InlineData(RangeFault.Missing, "status 404")]
    [InlineData(RangeFault.Forbidden, "wants credentials")]
    public async Task ReadAsync_ServerThatCannot_IsNamedAfterBoundedReading(RangeFault fault, string said)
    {
        await using var server = new RangeServer { Fault = fault };
        server.Add("/x.gguf", File(s_model, Big("blk.0.attn_q.weight")));

        Assert.Contains(said, await ProblemAsync(server.At("/x.gguf")), StringComparison.Ordinal);
        Assert.InRange(server.SentBytes, 0, 4_000_000);
    }

    [Fact]
    public async Task ReadAsync_ServerThatNeverEnds_IsGivenUp()
    {
        await using var server = new RangeServer { Fault = RangeFault.Stalled };
        server.Add("/x.gguf", File(s_model, Big("blk.0.attn_q.weight")));
        var error = await Assert.ThrowsAsync<IOException>(() => ReadAsync(server.At("/x.gguf"), TimeSpan.FromSeconds(1)));
        Assert.Contains("within 1 s", error.Message, StringComparison.Ordinal);
    }

    // A header of 80 MiB of metadata is not read to its end.
    [LongFact]
    public async Task ReadAsync_HeaderWithoutEnd_StopsAtTheLimit()
    {
        await using var server = new RangeServer();
        server.Add("/x.gguf", File(new(s_model) { ["x"] = new byte[80 << 20] }, Big("blk.0.attn_q.weight")));
        Assert.Contains("header is too large", await ProblemAsync(server.At("/x.gguf")), StringComparison.Ordinal);
        Assert.InRange(server.SentBytes, 1, 65L << 20);
    }

    [Theory]
    [InlineData("http://192.0.2.1/x.gguf", "this machine only")]
    [InlineData("https://me:secret@example.invalid/x.gguf", "user name or password")]
    public async Task ReadAsync_AddressThatIsNotRead_IsRefusedBeforeARequest(string address, string said) =>
        Assert.Contains(said, await ProblemAsync(new Uri(address)), StringComparison.Ordinal);

    [Theory]
    [InlineData(CertificateFault.None, "set SSL_CERT_FILE to the server's certificate")]
    [InlineData(CertificateFault.Expired, "the certificate has expired, or a clock is wrong")]
    [InlineData(CertificateFault.OtherHost, "a host that the certificate names")]
    public async Task ReadAsync_CertificateThatIsNotTrusted_AsksForNothing(CertificateFault fault, string advice)
    {
        await using var server = new RangeServer();
        server.Add("/x.gguf", File(s_model, Big("blk.0.attn_q.weight")));
        using var front = new TlsFront(server.At("/"), fault);

        Assert.Contains(advice, await ProblemAsync(new Uri(front.Endpoint, "x.gguf")), StringComparison.Ordinal);
        Assert.Equal(0, server.SentBytes);
    }

    private static async Task<string> ProblemAsync(Uri address) =>
        (await Assert.ThrowsAnyAsync<IOException>(() => ReadAsync(address))).Message;
}
