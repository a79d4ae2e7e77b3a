using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.ScriptedServer;
using MemoryWall.Targets.Detection;
using MemoryWall.Targets.Http;

namespace MemoryWall.Engine.Tests.Targets.Http;

/// <summary>A server and an address that disagree about TLS.</summary>
public sealed class TlsAdviceTests
{
    [Fact]
    public async Task Open_PlainHttpToAPortWithTls_SaysWhatToWrite()
    {
        using var server = new TlsServer();
        var text = await ProbeAsync($"http://127.0.0.1:{server.Port}");
        Assert.Contains($"expects TLS; write https://127.0.0.1:{server.Port}", text, StringComparison.Ordinal);
        Assert.Contains("expects TLS", await ProbeAsync($"http://127.0.0.1:{server.Port}", TargetProtocol.OpenAi),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_CertificateThatNoAuthoritySigned_SaysHowToTrustIt()
    {
        using var server = new TlsServer();
        Assert.Contains("SSL_CERT_FILE", await ProbeAsync($"https://127.0.0.1:{server.Port}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_TlsToAPlainServer_SaysWhatToWrite()
    {
        // A real server does not wait for the end of a request that cannot be one.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answers = AnswerAsync(listener);
        var address = $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        Assert.Contains($"answers without TLS; write http://{address}", await ProbeAsync($"https://{address}"), StringComparison.Ordinal);
        await answers;

        static async Task AnswerAsync(TcpListener listener)
        {
            using var client = await listener.AcceptTcpClientAsync();
            await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"u8.ToArray());
        }
    }

    [Theory]
    [InlineData("The plain HTTP request was sent to HTTPS port")]
    [InlineData("Client sent an HTTP request to an HTTPS server.\n")]
    public async Task Open_RefusalThatNamesTls_SaysWhatToWrite(string words)
    {
        await using var server = LyingServer.Start(_ => Reply.Whole(400, words, "text/plain"));
        Assert.Contains("expects TLS; write https://", await ProbeAsync($"http://{server.Endpoint.Authority}"), StringComparison.Ordinal);
    }

    // Recorded: llama-server and Ollama wait for the end of a line, until the client gives up.
    [Theory]
    [InlineData("https://127.0.0.1:9", true, true)]
    [InlineData("https://127.0.0.1:9", false, false)]
    [InlineData("http://127.0.0.1:9", true, false)]
    public void Classify_NoAnswerToTheHandshake_IsARefusalWithAdvice(string endpoint, bool connected, bool refused)
    {
        var access = new HttpAccess(new Uri(endpoint), new ConnectionOptions(), RunClock.Start()) { HasConnected = connected };
        var outcome = FailureClassifier.Classify(new TaskCanceledException("", new TimeoutException("no connection in time")), access);
        if (refused)
            Assert.Equal("no TLS answer from https://127.0.0.1:9; if it speaks plain HTTP write http://127.0.0.1:9",
                Assert.IsType<Refused>(outcome).Text);
        else
            Assert.Contains("no server answers at", Assert.IsType<TargetDied>(outcome).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_AnyConnection_IsRemembered()
    {
        await using var server = LyingServer.Start(_ => Reply.Whole(200, "{}"));
        var access = new HttpAccess(server.Endpoint, new ConnectionOptions(), RunClock.Start());
        using var answer = await JsonCall.GetAsync(access, "x", CancellationToken.None);
        Assert.True(access.HasConnected);
    }

    [Fact]
    public void Describe_ConnectionClosedInTheHandshake_AdvisesPlainHttp() =>
        Assert.EndsWith("if it speaks plain HTTP write http://a:1",
            TlsAdvice.Describe(new Uri("https://a:1"), "Received an unexpected EOF or 0 bytes from the transport stream."),
            StringComparison.Ordinal);

    [Fact]
    public void Describe_CertificateOfAnotherName_AdvisesTheName() =>
        Assert.Contains("a host that the certificate names",
            TlsAdvice.Describe(new Uri("https://a:1"), "The remote certificate is invalid: RemoteCertificateNameMismatch"),
            StringComparison.Ordinal);

    [Fact]
    public void Describe_AddressWithAPath_KeepsIt()
    {
        Assert.Contains("write https://a:1/proxy (", TlsAdvice.DescribeMissing(new Uri("http://a:1/proxy/")), StringComparison.Ordinal);
        Assert.Contains("write http://a:1/proxy (", TlsAdvice.Describe(new Uri("https://a:1/proxy"), "wrong version number"),
            StringComparison.Ordinal);
    }

    private static async Task<string> ProbeAsync(string endpoint, TargetProtocol protocol = TargetProtocol.Unknown)
    {
        var setup = new TargetSetup { Endpoint = new Uri(endpoint), Model = "m" };
        var (target, problem) = await TargetDetector.OpenAsync(protocol, setup, RunClock.Start(), CancellationToken.None);
        if (target is null)
            return Assert.IsType<Refused>(problem).Text;
        await using (target)
            return Assert.IsType<Refused>((await target.ProbeAsync(CancellationToken.None)).Problem).Text;
    }

    /// <summary>A server with TLS that closes what is not TLS, as llama-server does.</summary>
    private sealed class TlsServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly X509Certificate2 _certificate = CreateCertificate();

        public TlsServer()
        {
            _listener.Start();
            _ = AcceptAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public void Dispose()
        {
            _listener.Dispose();
            _certificate.Dispose();
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    try
                    {
                        await using var stream = new SslStream(client.GetStream());
                        await stream.AuthenticateAsServerAsync(_certificate);
                    }
                    catch (Exception exception) when (exception is IOException or AuthenticationException or SocketException)
                    {
                        // The client did not speak TLS, or did not trust the certificate.
                    }
                }
            }
            catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
            {
                // The test ended.
            }
        }

        private static X509Certificate2 CreateCertificate()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Loopback);
            var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(names.Build());
            var now = TimeProvider.System.GetUtcNow();
            using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
            return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        }
    }
}
