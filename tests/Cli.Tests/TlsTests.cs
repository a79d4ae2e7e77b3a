using System.Globalization;
using MemoryWall.Models.Gguf;
using MemoryWall.ScriptedServer;

namespace MemoryWall.Cli.Tests;

/// <summary>Servers behind TLS, whose certificate the user trusts by <c>SSL_CERT_FILE</c>.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly RunsFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Forecast_HeaderOverTls_IsReadByRanges_AndARedirectionToPlainHttpIsNotFollowed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the variable is one of OpenSSL");
        Dictionary<string, object> metadata = new()
        {
            ["general.architecture"] = "llama",
            ["llama.block_count"] = 2u,
            ["llama.embedding_length"] = 64u,
            ["llama.attention.head_count"] = 4u,
            // A vocabulary that is larger than the first part.
            ["tokenizer.ggml.tokens"] = Enumerable.Range(0, 60_000)
                .Select(i => string.Create(CultureInfo.InvariantCulture, $"token {i:00000000}")).ToArray(),
        };
        GgufTensorSource[] tensors = [new("blk.0.attn_q.weight", [1 << 16, 1 << 13], GgmlType.F32, _ => { })];
        var header = GgufWriter.BuildHeader(metadata, tensors);
        await using var server = new RangeServer();
        server.Add("/x.gguf", (header, GgufWriter.FileBytes(header, tensors)));
        server.Redirect("/plain.gguf", server.At("/x.gguf").ToString());
        using var front = new TlsFront(server.At("/"));

        using var read = await RunAsync(front, "forecast", "--model", new Uri(front.Endpoint, "x.gguf").ToString(), "--contexts", "1k");
        using var refused = await RunAsync(front, "forecast", "--model", new Uri(front.Endpoint, "plain.gguf").ToString());

        Assert.True(read.ExitCode == 0, read.Error);
        Assert.InRange(server.SentBytes, 1_000_000, 4_000_000);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("the server redirects from https to plain http", refused.Error, StringComparison.Ordinal);
    }

    [LongFact]
    public async Task Sweep_TargetBehindTlsThatRedirects_IsNotFollowed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the variable is one of OpenSSL");
        await using var other = LyingServer.Start(_ => Reply.Json("{}"));
        await using var server = LyingServer.Start(_ => Reply.Whole(302, "", header: $"Location: {other.Endpoint}"));
        using var front = new TlsFront(server.Endpoint);

        using var sweep = await RunAsync(front, "sweep", "--target", $"openais://{front.Endpoint.Authority}/m", "--contexts", "300",
            "--runs", _folder.Path);

        Assert.Equal(3, sweep.ExitCode);
        Assert.NotEmpty(server.Requests);
        Assert.Empty(other.Requests);
        Assert.Contains("redirect", sweep.Error, StringComparison.Ordinal);
    }

    private async Task<Memwall> RunAsync(TlsFront front, params string[] arguments)
    {
        var certificate = Path.Combine(_folder.Path, "certificate.pem");
        await File.WriteAllTextAsync(certificate, front.CertificatePem);
        var memwall = Memwall.Start(arguments, start => start.Environment["SSL_CERT_FILE"] = certificate);
        await memwall.ExitAsync();
        return memwall;
    }
}
