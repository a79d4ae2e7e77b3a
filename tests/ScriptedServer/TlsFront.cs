using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MemoryWall.ScriptedServer;

/// <summary>What is wrong with a certificate.</summary>
public enum CertificateFault
{
    /// <summary>Nothing but that no authority signed it.</summary>
    None,

    /// <summary>Its time is over.</summary>
    Expired,

    /// <summary>It names another host.</summary>
    OtherHost,
}

/// <summary>A door with TLS before a server of plain HTTP. It listens on loopback only.</summary>
public sealed class TlsFront : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Uri _behind;
    private readonly X509Certificate2 _certificate;

    public TlsFront(Uri behind, CertificateFault fault = CertificateFault.None)
    {
        _behind = behind;
        _certificate = CreateCertificate(fault);
        _listener.Start();
        Endpoint = new Uri($"https://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _ = AcceptAsync();
    }

    public Uri Endpoint { get; }

    /// <summary>The certificate as a text file, for <c>SSL_CERT_FILE</c>.</summary>
    public string CertificatePem => _certificate.ExportCertificatePem();

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
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
        {
            // The test ended.
        }
    }

    private async Task ServeAsync(TcpClient accepted)
    {
        using var client = accepted;
        using var server = new TcpClient();
        try
        {
            await using var outside = new SslStream(client.GetStream());
            await outside.AuthenticateAsServerAsync(_certificate);
            await server.ConnectAsync(_behind.Host, _behind.Port);
            await using var inside = server.GetStream();
            await Task.WhenAny(outside.CopyToAsync(inside), inside.CopyToAsync(outside));
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException or SocketException or ObjectDisposedException)
        {
            // The client did not trust the certificate, or one of the two has gone.
        }
    }

    private static X509Certificate2 CreateCertificate(CertificateFault fault)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        if (fault == CertificateFault.OtherHost)
            names.AddDnsName("other.invalid");
        else
            names.AddIpAddress(IPAddress.Loopback);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-9), now.AddDays(fault == CertificateFault.Expired ? -1 : 9));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
